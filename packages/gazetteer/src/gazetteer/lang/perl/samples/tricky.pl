#!/usr/bin/perl -w
use v5.36;
use utf8; use Foo 1.2 (); use Bar::Baz 'x', "y";
no strict 'refs';
use if $] < 5.010, 'Old::Thing';
use constant;
use constant PI => 4 * atan2(1, 1);
use constant WEEKDAYS => qw(Mon Tue);
our ($x, @y, %z) = (1);
my $sub = "sub not_me { }"; our $x = 2;
local $/ = undef;
sub with_attr : method { my $h = { sub => 1, package => 2 }; return sub { sub hidden_in { 1 } }; }
sub Other::Pkg::far { }
if ($x) { sub conditional { } our $in_block; }
{ package Scoped; our $here = 1; sub in_scoped { } }
*{"main::dynamic"} = sub { };
*plain = sub { 1 };
*Foo::bar = \&with_attr;
$x =~ s/sub y { }/package Z;/g;
print <<~EOT . <<'RAW';
    sub heredoc { }
    EOT
sub raw { }
RAW
format STDOUT =
sub fmt { }
.
require Foo::Late if $x; eval { require Maybe; 1 };
push @ISA, 'Pushed';
use parent 'Single';
sub AUTOLOAD { our $AUTOLOAD; }
sub DESTROY;
END { sub at_end { } }

=pod

sub in_pod { }

=over 4

=item C<documented($x)>

Said in POD.

=back

=cut

sub documented { }
sub multi
{
    1
}
__DATA__
sub in_data { }
