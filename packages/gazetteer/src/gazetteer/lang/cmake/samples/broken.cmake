set(A 1)
) stray
set(B "unclosed
set(C 3)
