package io.sockway.bench.hop;

import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.Pod;
import io.sockway.bench.lab.ServiceRedirect;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Where flows of one route run, all accelerated or none: a pod of its own, so that no rule and no program of one lane touches
 * another's. The lab owns the pod.
 */
final class Lane {
    /** Where the server of a lane listens. */
    static final int LISTEN_PORT = 7001;

    private static final int SERVICE_PORT = 80;

    private final Pod pod;
    private final Path unixSocket;
    private final Map<IpFamily, String> services = new EnumMap<>(IpFamily.class);

    private Lane(Pod pod, Path unixSocket) {
        this.pod = pod;
        this.unixSocket = unixSocket;
    }

    /** Makes the pod, and with {@link Route#REDIRECT} its rules for the families that are used. */
    static Lane create(Lab lab, Route route, boolean accelerated, List<Family> families) {
        String name = route.option() + (accelerated ? "-sockway" : "-plain");
        Pod pod = lab.pod(name, 1, IpFamily.IPV4, OptionalInt.empty());
        Lane lane = new Lane(pod, lab.directory("hop").resolve(name + ".sock"));
        if (route == Route.REDIRECT) {
            families.stream().map(Family::network).distinct().forEach(network ->
                    lane.services.put(network, ServiceRedirect.apply(pod, network, SERVICE_PORT, LISTEN_PORT)));
        }
        return lane;
    }

    Pod pod() {
        return pod;
    }

    Assignment assignment(Cell cell, Variant variant, Duration warmUp, Duration measured) {
        boolean unix = variant == Variant.UNIX;
        return new Assignment(cell.pattern(), cell.size().bytes(),
                unix ? Libc.AF_UNIX : cell.family() == Family.IPV4 ? Libc.AF_INET : Libc.AF_INET6,
                unix ? unixSocket.toString() : target(cell), targetPort(cell), LISTEN_PORT, cell.placement().serverCpu(),
                cell.placement().clientCpu(), warmUp, measured);
    }

    /** Where an HTTP client finds the file of the cell. */
    URI url(Cell cell) {
        return URI.create("http://%s:%d/%s".formatted(cell.family().urlHost(target(cell)), targetPort(cell), cell.size().option()));
    }

    /** The port that a client of the cell connects to. */
    int targetPort(Cell cell) {
        return cell.route() == Route.REDIRECT ? SERVICE_PORT : LISTEN_PORT;
    }

    private String target(Cell cell) {
        return cell.route() == Route.REDIRECT ? services.get(cell.family().network()) : cell.family().loopback();
    }
}
