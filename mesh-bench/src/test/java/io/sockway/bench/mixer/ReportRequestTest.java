package io.sockway.bench.mixer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages made by hand, byte by byte. */
class ReportRequestTest {
    private static final int RESPONSE_CODE = GlobalWords.ALL.indexOf("response.code");
    private static final int REQUEST_HOST = GlobalWords.ALL.indexOf("request.host");

    @Test
    void shouldKnowIstiosWords() {
        assertThat(GlobalWords.ALL).hasSize(222).doesNotHaveDuplicates().startsWith("source.ip").endsWith("context.proxy_version")
                .contains("request.headers", "'200'", "\"-\"", "destination.service.host");
    }

    @Test
    void shouldTakeUpWhatDidNotChangeFromTheEntryBefore() throws Exception {
        byte[] message = message(field(1, string(REQUEST_HOST, -1)), field(1, number(RESPONSE_CODE, 404)), field(2, text("web")));

        List<Attributes> entries = ReportRequest.parse(message).entries();

        assertThat(entries).hasSize(2);
        assertThat(entries.get(1).text("request.host", "")).isEqualTo("web");
        assertThat(entries.get(1).number("response.code", 0)).isEqualTo(404);
    }

    @Test
    void shouldNotDoSoWhenEntriesAreIndependent() throws Exception {
        byte[] message = message(field(1, string(REQUEST_HOST, -1)), field(1, number(RESPONSE_CODE, 44)), field(2, text("web")),
                new byte[] {4 << 3, 1});

        assertThat(ReportRequest.parse(message).entries().get(1).values()).containsOnlyKeys("response.code");
    }

    @Test
    void shouldPreferAnEntrysOwnWords() throws Exception {
        byte[] entry = message(field(1, text("own")), string(REQUEST_HOST, -1));

        Attributes attributes = ReportRequest.parse(message(field(2, text("default")), field(1, entry))).entries().getFirst();

        assertThat(attributes.text("request.host", "")).isEqualTo("own");
    }

    @Test
    void shouldRefuseWordsThatAreInNoDictionary() {
        assertThatThrownBy(() -> ReportRequest.parse(field(1, string(REQUEST_HOST, -1))))
                .isInstanceOf(InvalidProtocolBufferException.class).hasMessage("word -1 is in no dictionary");
        assertThatThrownBy(() -> ReportRequest.parse(field(1, string(222, 0))))
                .isInstanceOf(InvalidProtocolBufferException.class).hasMessage("word 222 is in no dictionary");
        assertThatThrownBy(() -> ReportRequest.parse(new byte[] {3 << 3, (byte) 0xff, 3}))
                .hasMessageStartingWith("the sender knows 511 global words");
    }

    /** An entry of the map of texts. */
    private static byte[] string(int name, int value) {
        return field(2, message(new byte[] {1 << 3}, zigzag(name), new byte[] {2 << 3}, zigzag(value)));
    }

    private static byte[] number(int name, int value) {
        return field(3, message(new byte[] {1 << 3}, zigzag(name), new byte[] {2 << 3}, varint(value)));
    }

    private static byte[] field(int number, byte[] content) {
        return message(new byte[] {(byte) (number << 3 | 2)}, varint(content.length), content);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] zigzag(int value) {
        return varint(value << 1 ^ value >> 31);
    }

    private static byte[] varint(int value) {
        return value < 0x80 ? new byte[] {(byte) value} : new byte[] {(byte) (value & 0x7f | 0x80), (byte) (value >>> 7)};
    }

    private static byte[] message(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }
}
