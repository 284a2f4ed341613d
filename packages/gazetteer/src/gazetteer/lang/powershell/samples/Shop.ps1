<#
.SYNOPSIS
A shop.
.DESCRIPTION
Sells.
.PARAMETER Name
Whose.
#>
#requires -Version 5
using module .\Till.psm1
using namespace System.IO
using assembly System.Windows.Forms
[CmdletBinding()]
param(
    [Parameter(Mandatory=$true)][string]$Name,
    [int] $Count = 3
)

. .\lib\helpers.ps1
. "$PSScriptRoot\other.ps1"
Import-Module ActiveDirectory
Import-Module "$PSScriptRoot/Till.psm1" -Force
& .\run.ps1

<#
.SYNOPSIS
    Gets it.
.PARAMETER Path
    Where.
.EXAMPLE
    Get-Shop -Path a
#>
function Get-Shop {
    [CmdletBinding()]
    [OutputType([string])]
    param (
        # Where it is.
        [Parameter(Mandatory, ValueFromPipeline)]
        [ValidateNotNull()]
        [string] $Path,
        [switch]$Force
    )
    begin { function Inner { 1 } }
    process { }
    end { }
}
function global:Set-It($a, [int]$b = 2) { }
filter Even { $_ % 2 -eq 0 }
function Get-Doc {
    <#
    .SYNOPSIS
    Inside.
    #>
    param($x)
}
# Comment above.
function Simple() { }
$script:Limit = 10
$Global:All = 2
$var = 'a'
[int]$typed = 3
Set-Variable -Name Const -Value 1 -Option Constant
New-Alias gs Get-Shop
Set-Alias -Name ss -Value Set-It
enum Color { Red = 1; Green
  Blue }
[Flags()] enum F : byte { A = 1; B = 2 }
class Base { }
class Shop : Base, System.IDisposable {
    [string]$Name
    hidden [int] $count = 0
    static [int] $Limit = 5
    $untyped
    [ValidateNotNull()] [string] $V
    Shop() { }
    Shop([string]$n) : base($n) { $this.Name = $n }
    [void] Sell([int]$a, $b) { }
    static [Shop] Make() { return [Shop]::new() }
    hidden [string] ToString() { return "" }
    Plain() { }
}
workflow Do-It { }
configuration Conf { Node 'a' { } }
Export-ModuleMember -Function Get-Shop -Alias gs
if ($true) { function InIf { } }
$sb = { function InBlock {} }
"function NotOne { $(function Sub { }) }"
@"
function NotTwo {}
"@
