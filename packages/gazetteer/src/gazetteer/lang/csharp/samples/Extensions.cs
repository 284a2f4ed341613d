public static class Texts
{
    extension(string text)
    {
        public int Double => text.Length * 2; // }
        public string Twice() => text + "}";
    }
    extension<T>(List<T> list) where T : class { public static int Count3 => 3; }
    public static void After() { }
}
