package io.sockway.sidecar.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sockway.xds.server.ListenAddress.UnixSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a user asks for.
 *
 * @param mode how requests are counted
 * @param folder that this process and Envoy share, by the same path
 * @param profile {@code dashboard}, {@code istio} or a file
 * @param maxSeries sets of labels that each of Envoy's workers may have
 * @param idle after how long without a change a series may make room for another
 * @param identity whose Envoy it is, as far as that is known here
 * @param peers a file, {@code kubernetes}, or nothing
 * @param envoyAdmin Envoy's admin server, where it is not Istio's
 */
public record TelemetrySettings(TelemetryMode mode, Path folder, String profile, int maxSeries, Duration idle, NodeIdentity identity,
        Optional<String> peers, Optional<InetSocketAddress> envoyAdmin) {
    /** Sets of labels that each of Envoy's workers may have at most. */
    static final int MOST_SERIES = 65_536;

    private static final String SOCKET = "xds.sock";

    /**
     * Checks what can be checked without looking at files.
     *
     * @throws TelemetryException with what is wrong
     */
    public TelemetrySettings {
        if (!folder.isAbsolute()) {
            throw new TelemetryException("--telemetry-dir " + folder + " is no absolute path: Envoy has to see the folder under the same "
                    + "path");
        }
        int socketBytes = folder.resolve(SOCKET).toString().getBytes(UTF_8).length;
        if (socketBytes > UnixSocket.MOST_BYTES) {
            throw new TelemetryException("--telemetry-dir " + folder + " is too long: with /" + SOCKET + " it makes " + socketBytes
                    + " bytes, and the path of a Unix socket has at most " + UnixSocket.MOST_BYTES);
        }
        if (maxSeries < 16 || maxSeries > MOST_SERIES) {
            throw new TelemetryException("--telemetry-max-series " + maxSeries + " is not between 16 and 65536");
        }
        if (idle.toSeconds() < 60 || idle.toSeconds() > 86_400) {
            throw new TelemetryException("--telemetry-idle " + idle.toSeconds() + "s is not between 1m and 24h");
        }
    }

    /** Where Envoy asks for the plugin's configuration. */
    Path socket() {
        return folder.resolve(SOCKET);
    }
}
