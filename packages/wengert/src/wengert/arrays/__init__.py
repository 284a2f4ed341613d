"""What array libraries have in common and where they differ. Knows no Tensor."""
