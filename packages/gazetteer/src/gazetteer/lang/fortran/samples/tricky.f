C     A file in fixed form: SUBROUTINE FAKE
*> \brief Adds.
      SUBROUTINE ADD(A,
     $               B,
C     between two lines
     $               N)
      INTEGER            N
      DOUBLE PRECISION   A( N ), B( N )
      CHARACTER*8        TEXT
      PARAMETER          ( ONE = 1.0D+0 )
      TEXT = 'SUBROUTINE NO' ! FUNCTION NONE
      DO 10 I = 1, N
         A( I ) = A( I ) + ! goes on
     1            B( I )
   10 CONTINUE
      RETURN
      END
      DOUBLE PRECISION FUNCTION NORM( X )
      DOUBLE PRECISION X
      NORM = X
      ENTRY OTHER( X )
      END
      BLOCK DATA
      COMMON /SHARED/ Y
      END
