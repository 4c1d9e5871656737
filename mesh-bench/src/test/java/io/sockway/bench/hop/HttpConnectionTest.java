package io.sockway.bench.hop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sockway.bench.lab.IpFamily;
import io.sockway.bench.lab.Lab;
import io.sockway.bench.lab.LabException;
import io.sockway.bench.lab.LabProcess;
import io.sockway.bench.lab.Nginx;
import io.sockway.bench.lab.Pod;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Needs root and nginx. */
class HttpConnectionTest {
    private static final String HOST = "127.0.0.1";
    private static final int PORT = 7001;

    private final Lab lab = Lab.open();
    private final Pod pod = lab.pod("web", 1, IpFamily.IPV4, OptionalInt.empty());

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void shouldTellHowManyBytesAnExchangeHas() {
        HttpConnection connection = connect(nginx(HOST + ":" + PORT, ""));
        long tcp = tcpBytes();

        HttpConnection.Reply reply = connection.get(HOST, "/100");

        assertThat(reply.body()).hasSize(100);
        assertThat(reply.exchanged()).isEqualTo(tcpBytes() - tcp);
    }

    @Test
    void shouldCountTheRequestsOfOthersOnly() {
        LabProcess nginx = nginx(HOST + ":7003", "server { listen %s:%d; stub_status; }".formatted(HOST, PORT));
        NginxCounters counters = new NginxCounters(connect(nginx));
        HttpConnection other = HttpConnection.open(lab.scope(), pod, nginx, HOST, 7003);
        long before = counters.requests();

        other.get(HOST, "/100");
        other.get(HOST, "/100");

        assertThat(counters.requests()).isEqualTo(before + 2);
        assertThat(counters.requests()).isEqualTo(before + 2);
    }

    @Test
    void shouldFailOnAnyOtherStatus() {
        HttpConnection connection = connect(nginx(HOST + ":" + PORT, ""));

        assertThatThrownBy(() -> connection.get(HOST, "/none")).isInstanceOf(LabException.class)
                .hasMessage("GET /none was answered by: HTTP/1.1 404 Not Found");
    }

    @Test
    void shouldShowWhyAServerDoesNotStart() {
        LabProcess nginx = nginx(HOST + ":" + PORT, "no_such_directive;");

        assertThatThrownBy(() -> connect(nginx)).isInstanceOf(LabException.class)
                .hasMessageContaining("nginx ended with exit code 1").hasMessageContaining("no_such_directive");
    }

    private LabProcess nginx(String listen, String directives) {
        Nginx.Site site = new Nginx.Site(listen, Map.of("100", 100), directives);
        return Nginx.start(lab.scope(), pod.processes(), site, lab.directory("web")).process();
    }

    private HttpConnection connect(LabProcess nginx) {
        return HttpConnection.open(lab.scope(), pod, nginx, HOST, PORT);
    }

    /** On the client's socket, as the sum of both directions. */
    private long tcpBytes() {
        return pod.sockets().stream().filter(socket -> socket.remote().port() == PORT)
                .mapToLong(socket -> socket.bytesReceived() + socket.bytesAcked()).sum();
    }
}
