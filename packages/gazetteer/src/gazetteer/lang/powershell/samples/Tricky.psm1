#Requires -Version 5.1 -Modules Pester, "Az.Accounts"

# Words that declare nothing.
Write-Host function NotOne { }
Get-Help -Name function
$text = "class NotTwo { } $(if ($a) { "function NotThree { $('}')" }) `" function NotFour {"
$here = @"
function NotFive { "$x
"@
$single = 'it''s function NotSix { }'
<# function NotSeven { } <# #>
Get-Item a#b
Invoke-Thing `
    -Name function `
    -Path x

FUNCTION Upper-Case{param([Parameter(
        Mandatory = $true)]
    [Alias('n', "m")]
    [System.Collections.Generic.Dictionary[string, int[]]]$Map,
    $Other = @{ a = 1; b = (1, 2) })
    $local = 1
    function script:Get-Deep ($x)
    {
        filter Deeper { }
    }
    Set-Alias inner Upper-Case
    . "$PSScriptRoot\inner.ps1"
}

function Last-Help
{
    param($a)
    1

    <#
    .SYNOPSIS
        At the end.
    #>
}
function No-Help {
    # Plain words.
    1
}

function Too-Long

{
}
class Till {
    # How much.
    [int] $Sum
    [string[]] $Names = @(
        'a'
        'b'
    )
    static
    [hashtable] $Map = @{
        A = { function InMap { } }
    }

    Till() : base() {
        $this.Sum = 1
    }
    # Adds it.
    [Till] Add(
        [int] $a,
        [string] $b
    )
    {
        if ($a) { return $this }
        return $null
    }
}
enum Days { # of a week
    Monday = 1    # first
    Tuesday
}
$Script:Count += 1
$Script:Count = 2
($paren) = 3
$hash.key = 4
$a, $b = 1, 2
${with space} = 5
if ($x) { $inner = 1 }
. (Join-Path $PSScriptRoot 'sub' 'joined.ps1')
. $PSScriptRoot/plain.ps1
. (Join-Path -Path $PSScriptRoot -ChildPath "named.ps1")
. $computed
. { $block }
& "$PSScriptRoot/program.exe"
Import-Module -Name Pester, .\Local -Force
Import-Module $name
New-Alias -Value Last-Help -Name lh -Force
Export-ModuleMember -Function 'Upper-*', Last-Help -Variable Count
