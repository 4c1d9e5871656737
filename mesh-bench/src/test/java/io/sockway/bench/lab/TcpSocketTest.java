package io.sockway.bench.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TcpSocketTest {
    private static final String REDIRECTED_APP =
            "ESTAB 0      0          10.77.0.1:36258 10.96.0.80:80     cubic wscale:7,7 rto:201 rtt:0.05/0.02 mss:65483 "
                    + "bytes_sent:1100 bytes_acked:1101 bytes_received:14700 segs_out:30 segs_in:29 send 104765Mbps";

    @Test
    void shouldReadBothEndsAndCounters() {
        assertThat(TcpSocket.parse(REDIRECTED_APP)).containsExactly(new TcpSocket(
                new TcpSocket.Endpoint("10.77.0.1", 36258), new TcpSocket.Endpoint("10.96.0.80", 80), 14700, 1101));
    }

    @Test
    void shouldTakeAbsentCountersForZero() {
        assertThat(TcpSocket.parse("ESTAB 0 0 127.0.0.6:41000 10.77.0.2:8080 cubic rto:200")).singleElement()
                .satisfies(socket -> assertThat(socket.bytesReceived()).isZero())
                .satisfies(socket -> assertThat(socket.bytesAcked()).isZero());
    }

    @Test
    void shouldReadMappedAddressesAsIpv4() {
        assertThat(TcpSocket.parse("ESTAB 0 0 [::ffff:10.77.0.2]:8080 [::ffff:127.0.0.6]:41000 cubic bytes_received:7"))
                .containsExactly(new TcpSocket(
                        new TcpSocket.Endpoint("10.77.0.2", 8080), new TcpSocket.Endpoint("127.0.0.6", 41000), 7, 0));
    }

    @Test
    void shouldReadIpv6AddressesWithAndWithoutScope() {
        assertThat(TcpSocket.parse("ESTAB 0 598 [fd00:77::2]:15006 [fe80::1%eth0]:52738 cubic bytes_acked:3"))
                .containsExactly(new TcpSocket(
                        new TcpSocket.Endpoint("fd00:77::2", 15006), new TcpSocket.Endpoint("fe80::1", 52738), 0, 3));
    }

    @Test
    void shouldPassOverConnectionsThatAreNotEstablished() {
        assertThat(TcpSocket.parse("""
                SYN-SENT 0 1 10.77.0.1:1 10.96.0.80:80
                ESTAB    0 0 10.77.0.1:2 10.96.0.80:80 cubic bytes_received:5
                TIME-WAIT 0 0 10.77.0.1:3 10.96.0.80:80
                """)).extracting(socket -> socket.local().port()).containsExactly(2);
    }

    @Test
    void shouldRefuseAnAddressWithoutPort() {
        assertThatThrownBy(() -> TcpSocket.parse("ESTAB 0 0 10.77.0.1 10.96.0.80:80"))
                .isInstanceOf(LabException.class).hasMessageContaining("10.77.0.1");
    }
}
