import module java.base;
import module  org.example.mod;

void main() {}
