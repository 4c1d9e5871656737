package io.sockway.bench.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An nginx that serves static files from its own folder, with one worker; the scope that it was started in owns the process. */
public final class Nginx {
    /** A request larger than this many would be one that Envoy's pools never see end. */
    private static final int KEEPALIVE_REQUESTS = 1_000_000_000;

    /**
     * What it serves.
     *
     * @param listen address and port, as its directive of that name takes them
     * @param files their lengths by their paths under the server's root, without the slash
     * @param directives further ones, for its block {@code http}
     */
    public record Site(String listen, Map<String, Integer> files, String directives) {
        public Site {
            files = Map.copyOf(files);
        }
    }

    private final LabProcess process;

    private Nginx(LabProcess process) {
        this.process = process;
    }

    /** Starts it as an app and returns before it listens; {@code folder} is for its files. */
    public static Nginx start(Scope scope, ProcessGroup group, Site site, Path folder) {
        Path configuration = folder.resolve("nginx.conf");
        try {
            Path files = Files.createDirectories(folder.resolve("www"));
            for (Map.Entry<String, Integer> file : site.files().entrySet()) {
                Files.writeString(files.resolve(file.getKey()), "x".repeat(file.getValue() - 1) + "\n");
            }
            Path scratch = Files.createDirectories(folder.resolve("nginx"));
            Files.setAttribute(scratch, "unix:uid", User.APP.uid());
            Files.writeString(configuration, configuration(site, files, scratch));
        } catch (IOException e) {
            throw new LabException("cannot write nginx's files in " + folder, e);
        }
        // Without -e it would first try the system's own log, which belongs to others.
        return new Nginx(group.start(scope, new ProcessSpec("nginx", User.APP,
                List.of(Tool.NGINX.path().toString(), "-c", configuration.toString(), "-e", "stderr"))));
    }

    public LabProcess process() {
        return process;
    }

    private static String configuration(Site site, Path files, Path scratch) {
        String temporaryPaths = Stream.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
                .map(module -> "  %s_temp_path %s/%s;".formatted(module, scratch, module))
                .collect(Collectors.joining("\n"));
        return """
                daemon off;
                worker_processes 1;
                error_log stderr warn;
                pid %2$s/nginx.pid;
                events {
                  worker_connections 4096;
                }
                http {
                %3$s
                  access_log off;
                  keepalive_requests %4$d;
                  keepalive_timeout 1h;
                  %6$s
                  server {
                    listen %5$s;
                    root %1$s;
                  }
                }
                """.formatted(files, scratch, temporaryPaths, KEEPALIVE_REQUESTS, site.listen(), site.directives());
    }
}
