! A shop.
module shop_mod
  use, intrinsic :: iso_fortran_env, only: real64
  use till, only: open_till => open, close
  use other
  implicit none
  private
  public :: item, sell
  integer, parameter :: limit = 10, other_limit = 3
  real(real64), dimension(10), save :: prices
  character(len=*), parameter :: words = "module fake"
  !> What can be sold.
  type, extends(base), abstract, public :: item
    private
    integer :: count = 0 !< How many.
    character(len=:), allocatable :: name, other
    procedure(price), pointer, nopass :: p => null()
  contains
    procedure :: sell => sell_item
    procedure(price_if), deferred :: price
    generic :: write(formatted) => write_it
    generic, public :: add => add1, add2
    final :: destroy
  end type item
  interface sell
    module procedure sell1, sell2
  end interface
  interface operator(+)
    procedure add_items
  end interface
  abstract interface
    function price_if(self) result(p)
      import :: item
      class(item), intent(in) :: self
      real :: p
    end function
  end interface
  enum, bind(c)
    enumerator :: red = 1, green
    enumerator blue
  end enum
  common /block/ a, b
contains
  !> Sells.
  subroutine sell1(it, at)
    type(item), intent(inout) :: it
    integer, optional :: at
    integer :: local
    call inner()
  contains
    subroutine inner()
    end subroutine
  end subroutine sell1
  pure elemental real function area(r) result(a)
    real, intent(in) :: r
    a = r
  end function area
  recursive integer function fact(n)
  integer, intent(in) :: n
  end function
end module shop_mod

submodule (shop_mod) sub
contains
  module procedure sell2
  end procedure
end submodule

program main
  use shop_mod
  integer :: i
  include 'inc.f90'
  print *, "subroutine no"
end program main

      subroutine old(x)
      entry other_entry(y)
      end
block data init
end block data
