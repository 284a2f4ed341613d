"""Modules that CMake itself has, as of version 3.25: what ``include`` and ``find_package`` find where a project has none of the name."""

from __future__ import annotations

__all__ = ["OWN"]

_FOUND = (
    "ALSA ASPELL AVIFile Armadillo BISON BLAS BZip2 Backtrace Boost Bullet CABLE CUDA CUDAToolkit CURL CVS Coin3D Cups "
    "Curses CxxTest Cygwin DCMTK Dart DevIL Doxygen EXPAT EnvModules FLEX FLTK FLTK2 Fontconfig Freetype GCCXML GDAL GIF "
    "GLEW GLU GLUT GSL GTK GTK2 GTest Gettext Git GnuTLS Gnuplot HDF5 HSPELL HTMLHelp Hg ICU Ice Iconv Icotool ImageMagick "
    "Intl JNI JPEG Jasper Java KDE3 KDE4 LAPACK LATEX LTTngUST LibArchive LibLZMA LibXml2 LibXslt Libinput Lua Lua50 Lua51 "
    "MFC MPEG MPEG2 MPI Matlab Motif Msys ODBC OpenACC OpenAL OpenCL OpenGL OpenMP OpenSP OpenSSL OpenSceneGraph "
    "OpenThreads PHP4 PNG PackageHandleStandardArgs PackageMessage Patch Perl PerlLibs PhysFS Pike PkgConfig PostgreSQL "
    "Producer Protobuf Python Python2 Python3 PythonInterp PythonLibs Qt Qt3 Qt4 QuickTime RTI Ruby SDL SDL_gfx SDL_image "
    "SDL_mixer SDL_net SDL_sound SDL_ttf SQLite3 SWIG SelfPackers Squish Subversion TCL TIFF TclStub Tclsh Threads "
    "UnixCommands Vulkan Wget Wish X11 XCTest XMLRPC XalanC XercesC ZLIB osg osgAnimation osgDB osgFX osgGA "
    "osgIntrospection osgManipulator osgParticle osgPresentation osgProducer osgQt osgShadow osgSim osgTerrain osgText "
    "osgUtil osgViewer osgVolume osgWidget osg_functions wxWidgets wxWindows "
)
_INCLUDED = (
    "AddFileDependencies AndroidTestUtilities BundleUtilities CMake CMakeBackwardCompatibilityC "
    "CMakeBackwardCompatibilityCXX CMakeCInformation CMakeDependentOption CMakeExpandImportedTargets "
    "CMakeExportBuildSettings CMakeExtraGeneratorDetermineCompilerMacrosAndIncludeDirs CMakeFindBinUtils "
    "CMakeFindDependencyMacro CMakeFindFrameworks CMakeFindJavaCommon CMakeFindPackageMode CMakeFindXCode "
    "CMakeForceCompiler CMakeIOSInstallCombined CMakeImportBuildSettings CMakeLanguageInformation CMakeOBJCInformation "
    "CMakeOBJCXXInformation CMakePackageConfigHelpers CMakeParseArguments CMakeParseImplicitIncludeInfo "
    "CMakeParseImplicitLinkInfo CMakeParseLibraryArchitecture CMakePrintHelpers CMakePrintSystemInformation "
    "CMakePushCheckState CMakeVerifyManifest CPack CPackComponent CPackIFW CPackIFWConfigureFile CSharpUtilities CTest "
    "CTestCoverageCollectGCOV CTestScriptMode CTestTargets CTestUseLaunchers CheckCCompilerFlag CheckCSourceCompiles "
    "CheckCSourceRuns CheckCXXCompilerFlag CheckCXXSourceCompiles CheckCXXSourceRuns CheckCXXSymbolExists CheckCompilerFlag "
    "CheckFortranCompilerFlag CheckFortranFunctionExists CheckFortranSourceCompiles CheckFortranSourceRuns "
    "CheckFunctionExists CheckIPOSupported CheckIncludeFile CheckIncludeFileCXX CheckIncludeFiles CheckLanguage "
    "CheckLibraryExists CheckLinkerFlag CheckOBJCCompilerFlag CheckOBJCSourceCompiles CheckOBJCSourceRuns "
    "CheckOBJCXXCompilerFlag CheckOBJCXXSourceCompiles CheckOBJCXXSourceRuns CheckPIESupported CheckPrototypeDefinition "
    "CheckSizeOf CheckSourceCompiles CheckSourceRuns CheckStructHasMember CheckSymbolExists CheckTypeSize "
    "CheckVariableExists Dart DeployQt4 Documentation ExternalData ExternalProject FLTKCompatibility FeatureSummary "
    "FetchContent FortranCInterface GNUInstallDirs GenerateExportHeader GetPrerequisites GoogleTest GoogleTestAddTests "
    "ITKCompatibility InstallRequiredSystemLibraries KDE3Macros MacroAddFileDependencies MatlabTestsRedirect ProcessorCount "
    "Qt4ConfigDependentSettings Qt4Macros SelectLibraryConfigurations SquishTestScript SystemInformation TestBigEndian "
    "TestCXXAcceptsFlag TestForANSIForScope TestForANSIStreamHeaders TestForSSTREAM TestForSTDNamespace UseEcos UseJava "
    "UsePkgConfig UseQt4 UseSWIG Use_wxWindows UsewxWidgets VTKCompatibility WriteBasicConfigVersionFile "
    "WriteCompilerDetectionHeader ecos_clean kde3uic "
)

#: By the names of their files, without the suffix.
OWN = frozenset(_INCLUDED.split()) | {f"Find{name}" for name in _FOUND.split()}
