"""Objective-C and Objective-C++."""
