import java.util.Collection;
import java.util.Map;

/** What a dumper writes: JSON objects, one a line, whose values are strings, numbers, truths and lists of strings. */
final class Rows {
    private final StringBuilder written = new StringBuilder();

    /** Begin a file; a problem is what its parser does not accept, else empty. */
    void file(String path, String problem) {
        row(Map.of("file", path, "problem", problem));
    }

    void row(Map<String, ?> values) {
        String separator = "{";
        for (var each : values.entrySet()) {
            written.append(separator).append(quoted(each.getKey())).append(": ").append(json(each.getValue()));
            separator = ", ";
        }
        written.append("}\n");
    }

    @Override
    public String toString() {
        return written.toString();
    }

    private static String json(Object value) {
        if (value instanceof Collection<?> list) {
            return "[" + String.join(", ", list.stream().map(Rows::json).toList()) + "]";
        }
        return value instanceof String text ? quoted(text) : String.valueOf(value);
    }

    private static String quoted(String text) {
        var result = new StringBuilder("\"");
        for (char each : text.toCharArray()) {
            if (each == '"' || each == '\\') {
                result.append('\\').append(each);
            } else if (each < ' ' || each > '~') {
                result.append(String.format("\\u%04x", (int) each));
            } else {
                result.append(each);
            }
        }
        return result.append('"').toString();
    }
}
