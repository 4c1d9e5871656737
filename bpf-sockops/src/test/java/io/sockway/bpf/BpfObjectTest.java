package io.sockway.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BpfObjectTest {
    /** Programs that not every kernel takes. */
    private static final List<String> TRAMPOLINES =
            List.of("sockway_f_splice", "sockway_f_accept", "sockway_f_setsockopt", "sockway_f_fcntl", "sockway_f_ioctl");

    private static byte[] object() throws IOException {
        try (InputStream in = BpfObjectTest.class.getResourceAsStream("/io/sockway/sockops/sockway.bpf.o")) {
            return in.readAllBytes();
        }
    }

    @Test
    void shouldNameAFileThatIsNoObject() {
        assertThatThrownBy(() -> BpfObject.open("garbage.bpf.o", new byte[] {1, 2, 3})).isInstanceOf(BpfException.class)
                .hasMessageStartingWith("open BPF object garbage.bpf.o: ");
    }

    @Test
    void shouldShowTheVerifiersLastLineAndKeepTheWholeLog() throws IOException {
        byte[] elf = object();
        // The gate's first instruction, r6 = r1, becomes a read through the unset register r2.
        int gate = indexOfSection(elf, "sk_msg");
        elf[gate] = 0x61;
        elf[gate + 1] = 0x20;
        try (BpfObject broken = BpfObject.open("broken.bpf.o", elf)) {
            assertThatThrownBy(broken::load).isInstanceOfSatisfying(BpfException.class, e -> {
                assertThat(e.getMessage()).startsWith("load BPF object broken.bpf.o: ").contains("R2 !read_ok");
                assertThat(e.log()).contains("sockway_gate");
                assertThat(e.log().lines().count()).isGreaterThan(3);
            });
        }
    }

    private static int indexOfSection(byte[] elf, String name) {
        ByteBuffer file = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
        int headers = (int) file.getLong(0x28);
        int names = (int) file.getLong(headers + file.getShort(0x3E) * 64 + 0x18);
        for (int i = 0; i < file.getShort(0x3C); i++) {
            int at = names + file.getInt(headers + i * 64);
            if (new String(elf, at, name.length() + 1, StandardCharsets.US_ASCII).equals(name + "\0")) {
                return (int) file.getLong(headers + i * 64 + 0x18);
            }
        }
        throw new IllegalArgumentException(name);
    }

    @Test
    void shouldNameTheMapThatIsNotThere() throws IOException {
        try (BpfObject object = BpfObject.open("sockway.bpf.o", object())) {
            assertThatThrownBy(() -> object.maxEntries("nothing", 1)).hasMessage("find map nothing: No such file or directory (ENOENT)");
        }
    }

    @Test
    void shouldReadWhatWasWrittenThroughAPinAfterTheObjectIsClosed() throws IOException {
        Path pin = Bpffs.MOUNT_POINT.resolve("sockway-test-pin-" + ProcessHandle.current().pid());
        Bpffs.require(pin);
        try (BpfObject object = BpfObject.open("sockway.bpf.o", object())) {
            TRAMPOLINES.forEach(object::leaveOut);
            object.load();
            try (BpfMap map = object.map("flows")) {
                map.pin(pin);
            }
        }
        try (BpfMap map = BpfMap.openPinned(pin); Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(map.info().valueSize(), 8);
            List<Long> keys = new ArrayList<>();
            // Several times what a walk takes at once.
            for (long key = 1; key <= 1000; key++) {
                value.set(ValueLayout.JAVA_LONG, 0, key * 10);
                map.update(arena.allocateFrom(ValueLayout.JAVA_LONG, key), value);
            }
            map.forEach((key, found) -> {
                keys.add(key.get(ValueLayout.JAVA_LONG, 0));
                assertThat(found.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(10 * key.get(ValueLayout.JAVA_LONG, 0));
            });
            assertThat(keys).hasSize(1000).doesNotHaveDuplicates();
            MemorySegment first = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
            assertThat(map.delete(first)).isTrue();
            assertThat(map.delete(first)).isFalse();
            assertThat(map.lookup(first, value)).isFalse();
        } finally {
            Bpffs.unpin(pin);
        }
        assertThat(Files.exists(pin)).isFalse();
        assertThatThrownBy(() -> BpfMap.openPinned(pin)).hasMessage("open pinned map " + pin + ": No such file or directory (ENOENT)");
    }

    @Test
    void shouldRefuseAFolderThatIsNotInABpffs() {
        assertThat(Bpffs.contains(Path.of("/tmp/x"))).isFalse();
        assertThatThrownBy(() -> Bpffs.require(Path.of("/tmp/x"))).hasMessageContaining("/tmp/x");
    }
}
