MODULE Tricky
  USE :: Shop_Mod, ONLY : item, OPERATOR(+)
  USE Renamed, other => mine
#ifdef WITH_MPI
  USE mpi
  INTEGER, PUBLIC :: comm
#else
  INTEGER, PARAMETER, PUBLIC :: comm = 0
#endif
  IMPLICIT NONE
  PRIVATE
  PUBLIC shown, OPERATOR(.cross.)
  INTEGER, DIMENSION(:,:), ALLOCATABLE, TARGET :: a, b(:), c = 3
  TYPE, BIND(C) :: plain
    INTEGER :: x, y
  END TYPE
  TYPE(plain), PROTECTED :: shared
  TYPE, EXTENDS(plain) :: more; REAL :: z; END TYPE more
  TYPE :: generic(k)
    INTEGER, KIND :: k
    REAL(k) :: value
  CONTAINS
    PRIVATE
    PROCEDURE, PUBLIC, PASS(self) :: one, two => second
  END TYPE
  INTERFACE OPERATOR(.cross.)
    MODULE PROCEDURE cross
  END INTERFACE
  INTERFACE
    SUBROUTINE c_call(x) BIND(C, NAME="c_call")
      REAL, VALUE :: x
    END SUBROUTINE
  END INTERFACE
  INTERFACE
    MODULE FUNCTION apart(x) RESULT(y)
      REAL, INTENT(IN) :: x
      REAL :: y
    END FUNCTION
  END INTERFACE
CONTAINS
  ! Crosses, and is &
  FUNCTION cross(l, &
                 r) RESULT(res)
    REAL, INTENT(IN) :: l, r
    REAL :: res
    PRINT *, 'END FUNCTION cross', "MODULE no"
  END FUNCTION

  SUBROUTINE shown; INTEGER :: local; END SUBROUTINE shown
END MODULE Tricky
function bare(x)
  bare = x
end function
