# Manifest of a module.
@{
    RootModule = 'Shop.psm1'
    ModuleVersion = '1.0'
    NestedModules = @('Till.psm1', "lib\Other.psm1")
    FunctionsToExport = @('Get-Shop')
    PrivateData = @{ PSData = @{ RootModule = 'no.psm1' } }
}
