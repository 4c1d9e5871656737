package io.sockway.bench.report;

import static io.sockway.bench.report.Html.escape;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What all reports that are one self-contained page have in common. */
public final class Page {
    private static final String STYLE = "style";
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(\\w+)\\}\\}");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final double GIBIBYTE = 1L << 30;

    private Page() {
    }

    /**
     * Fills a template.
     *
     * @param owner the class beside which the template is
     * @param template its file name
     * @param parts markup for each placeholder but {@code style}, which is the same for all pages
     */
    public static String render(Class<?> owner, String template, Map<String, String> parts) {
        return PLACEHOLDER.matcher(resource(owner, template)).replaceAll(match -> Matcher.quoteReplacement(
                match.group(1).equals(STYLE) ? resource(Page.class, "style.css") + resource(Page.class, "plot.css")
                        : parts.get(match.group(1))));
    }

    /** A time for people. */
    public static String time(Instant instant) {
        return TIME.format(instant);
    }

    /** How many rounds there were, for people. */
    public static String rounds(int rounds) {
        return Headline.rounds(rounds);
    }

    /** The terms of a list that says how and where a report was made. */
    public static String setting(Map<String, String> method, Machine machine, String command) {
        Map<String, String> terms = new LinkedHashMap<>(method);
        terms.put("Machine", String.format(Locale.ROOT, "%s, %d CPUs used, %.0f GiB", machine.cpu(), machine.cpus(),
                machine.memoryBytes() / GIBIBYTE));
        terms.put("System", machine.distribution() + ", kernel " + machine.kernel());
        terms.put("Frequency governor", machine.governor());
        terms.put("Mitigations", machine.mitigations().isEmpty() ? "none" : machine.mitigations().entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue()).collect(Collectors.joining("; ")));
        terms.put("Boot parameters", machine.bootParameters());
        terms.put("Versions", machine.versions().entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue()).collect(Collectors.joining(", ")));
        return terms.entrySet().stream().map(term -> "<dt>%s</dt><dd>%s</dd>".formatted(escape(term.getKey()), escape(term.getValue())))
                .collect(Collectors.joining("\n", "", "\n<dt>Command</dt><dd><code>" + escape(command) + "</code></dd>"));
    }

    static String resource(Class<?> owner, String name) {
        try (InputStream stream = owner.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + name, e);
        }
    }
}
