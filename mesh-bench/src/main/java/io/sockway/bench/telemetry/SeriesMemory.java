package io.sockway.bench.telemetry;

import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.Scope;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Resident memory of a proxy, and of a collector, that hold so many series: each is made by a request with a Host of its own. Without a
 * telemetry the same requests are sent, and what the others need more is what their series cost.
 */
final class SeriesMemory {
    private static final int BODY_BYTES = 20;
    private static final double MIB_KIB = 1024;
    private static final int READ_LIMIT_MILLIS = 10_000;
    private static final String LENGTH = "content-length:";

    private SeriesMemory() {
    }

    /** Measures with fresh processes; figures in MiB, by names like {@code envoy_resident_1000_series_mib}. */
    static Map<String, Double> measure(Place place, Telemetry telemetry) {
        Map<String, Double> figures = new LinkedHashMap<>();
        place.series().forEach(series -> figures.putAll(measure(place, telemetry, series)));
        return figures;
    }

    private static Map<String, Double> measure(Place place, Telemetry telemetry, int series) {
        try (Scope scope = place.lab().scope().child()) {
            int port = Place.COLLECTOR_PORT + 2 * Telemetry.values().length;
            Optional<CollectorProcess> collector = telemetry.collected() ? Optional.of(CollectorProcess.start(scope, place.pod(),
                    place.others(), port, place.lab().directory("memory"))) : Optional.empty();
            Proxy proxy = Proxy.start(scope, place, telemetry, collector, port, BODY_BYTES, series);
            proxy.awaitReply();
            request(proxy, place, series);
            List<String> problems = proxy.miscounted();
            if (!problems.isEmpty()) {
                throw new LabException("%s with %d series: %s".formatted(telemetry.label(), series, String.join("; ", problems)));
            }
            Map<String, Double> figures = new LinkedHashMap<>();
            figures.put("envoy_resident_%d_series_mib".formatted(series), residentMib(proxy.process()));
            collector.map(CollectorProcess::process).ifPresent(process ->
                    figures.put("collector_resident_%d_series_mib".formatted(series), residentMib(process)));
            return figures;
        }
    }

    /** One request each for so many hosts, one after the other. */
    private static void request(Proxy proxy, Place place, int hosts) {
        try {
            place.pod().namespace().call(() -> {
                try (Socket socket = new Socket(Place.ADDRESS, proxy.target().getPort())) {
                    socket.setTcpNoDelay(true);
                    socket.setSoTimeout(READ_LIMIT_MILLIS);
                    InputStream in = new BufferedInputStream(socket.getInputStream());
                    for (int host = 0; host < hosts; host++) {
                        socket.getOutputStream().write("GET %s HTTP/1.1\r\nhost: service-%05d.demo.svc.cluster.local\r\n\r\n"
                                .formatted(proxy.target().getPath(), host).getBytes(StandardCharsets.US_ASCII));
                        skipAnswer(in);
                    }
                }
                return null;
            });
        } catch (Exception e) {
            throw new LabException("cannot make %d series".formatted(hosts), e);
        }
    }

    private static void skipAnswer(InputStream in) throws IOException {
        long length = 0;
        String line;
        do {
            line = line(in);
            if (line.startsWith(LENGTH)) {
                length = Long.parseLong(line.substring(LENGTH.length()).strip());
            }
        } while (!line.isEmpty());
        in.skipNBytes(length);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the proxy closed the connection");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    private static double residentMib(LabProcess process) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum() / MIB_KIB;
        } catch (IOException e) {
            throw new LabException("cannot read the memory of " + process.name(), e);
        }
    }
}
