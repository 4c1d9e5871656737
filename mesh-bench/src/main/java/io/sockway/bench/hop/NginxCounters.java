package io.sockway.bench.hop;

import io.sockway.bench.lab.LabException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many requests an nginx has answered, as its stub_status page says. */
final class NginxCounters {
    private static final Pattern REQUESTS = Pattern.compile("\\s\\d+ \\d+ (\\d+)\\s");

    private final HttpConnection page;
    private long own;

    NginxCounters(HttpConnection page) {
        this.page = page;
    }

    /** All but those that were made for this. */
    long requests() {
        String body = page.get("counters", "/").body();
        own++;
        Matcher matcher = REQUESTS.matcher(body);
        if (!matcher.find()) {
            throw new LabException("nginx's status page is none: " + body.strip());
        }
        return Long.parseLong(matcher.group(1)) - own;
    }
}
