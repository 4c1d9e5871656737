package io.sockway.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Http1ReaderTest {
    private static final String ANSWERS = "HTTP/1.1 100 Continue\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-LENGTH:  5 \r\n\r\nhello"
            + "HTTP/1.1 204 No Content\r\n\r\n"
            + "HTTP/1.1 200\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n5;a=b\r\nhel\r\n\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
            + "HTTP/1.1 404 Not Found\nContent-Length: 0\n\n"
            + "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n!";

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64, 10_000})
    void shouldReadAnswersHoweverTheyAreCut(int piece) throws Exception {
        Http1Reader reader = new Http1Reader();
        List<Integer> statuses = new ArrayList<>();
        boolean keepAlive = true;
        for (int at = 0; at < ANSWERS.length(); at += piece) {
            ByteBuf in = bytes(ANSWERS.substring(at, Math.min(at + piece, ANSWERS.length())));
            while (reader.read(in)) {
                statuses.add(reader.status());
                keepAlive = reader.keepAlive();
            }
            assertThat(in.isReadable()).isFalse();
        }

        assertThat(statuses).containsExactly(200, 204, 200, 404, 200);
        assertThat(keepAlive).isFalse();
    }

    @Test
    void shouldTakeAnAnswerWithoutLengthAsEndingWithTheConnection() throws Exception {
        Http1Reader reader = new Http1Reader();

        assertThat(reader.read(bytes("HTTP/1.1 200 OK\r\n\r\nsome"))).isFalse();
        assertThat(reader.closed()).isTrue();
        assertThat(reader.status()).isEqualTo(200);
    }

    @Test
    void shouldNotTakeAHalfAnswerForAWholeOne() throws Exception {
        Http1Reader reader = new Http1Reader();

        assertThat(reader.read(bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"))).isFalse();
        assertThat(reader.closed()).isFalse();
    }

    @Test
    void shouldHeedWhatTheConnectionHeaderSays() throws Exception {
        Http1Reader reader = new Http1Reader();

        assertThat(reader.read(bytes("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n"))).isTrue();
        assertThat(reader.keepAlive()).isFalse();
        assertThat(reader.read(bytes("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"))).isTrue();
        assertThat(reader.keepAlive()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/2.0 200 OK\r\n",
        "HTTP/1.1 20 OK\r\n",
        "HTTP/1.1 2000 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nno header\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n"})
    void shouldRefuseWhatBreaksTheProtocol(String answer) {
        assertThatThrownBy(() -> new Http1Reader().read(bytes(answer))).isInstanceOf(Http1Reader.MalformedException.class);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }
}
