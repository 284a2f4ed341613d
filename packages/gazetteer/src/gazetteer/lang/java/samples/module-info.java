import org.example.Spi;

/** All of it. */
@Deprecated
open module org.example.all {
    requires java.base;
    requires transitive static java.sql;
    exports org.example.shop;
    exports org.example.inner to org.friend;
    uses Spi;
    provides Spi with org.example.Impl;
}
