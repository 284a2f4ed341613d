"""What C, C++ and CUDA need before they can be parsed: macros that the tree defines, and branches of conditions."""
