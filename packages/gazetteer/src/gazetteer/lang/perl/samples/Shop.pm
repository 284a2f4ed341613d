package My::Shop;

# A shop.
use strict;
use warnings;
use parent -norequire, 'My::Base', 'My::Other';
use base qw(My::Third);
use My::Till qw(open close);
use constant LIMIT => 10;
use constant { RED => 1, GREEN => 2 };
require My::Late;
require "old.pl";
no warnings 'once';
use 5.010;
our $VERSION = '1.0';
our @ISA = ('Exporter');
our (@EXPORT, %tags);
my $private = 1;
my ($a, $b) = @_;

=head1 NAME

My::Shop - a shop: sub fake { }

=head2 sell

Sells.

=cut

# Makes one.
sub new {
    my ($class, %args) = @_;
    my $self = bless { name => 'x' }, $class;
    sub nested { 1 }
    return $self;
}

sub sell :lvalue ($self, $to, $at = 9, @rest) { my $inner = sub { 1 }; }
sub proto($$;@) { }
sub declared;
sub _hidden { }
*alias = \&sell;
my $code = sub { };
my sub lexical { }
BEGIN { require My::Begin; }
sub My::Full::name { }

package My::Inner {
    sub deep { }
    our $var = 1;
}
package My::Next 1.23;
sub other { }
has 'count' => (is => 'rw', isa => 'Int');
has [qw(x y)] => (is => 'ro');
extends 'My::Moose', 'B';
with 'My::Role';
method foo => sub { };
my $text = <<"END";
sub not_me { }
END
my $re = qr/sub no { }/;
class Point :isa(Base) { field $x :param = 0; method move($dx) { } }
__PACKAGE__->meta->make_immutable;
1;
__END__
sub after { }
