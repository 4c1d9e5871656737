package io.sockway.sockops;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The structs and enums of a compiled BPF object, from its .BTF section.
 *
 * @see <a href="https://docs.kernel.org/bpf/btf.html">BPF Type Format</a>
 */
record Btf(Map<String, Struct> structs, Map<String, Map<String, Integer>> enums) {
    private static final int KIND_INT = 1;
    private static final int KIND_ARRAY = 3;
    private static final int KIND_STRUCT = 4;
    private static final int KIND_UNION = 5;
    private static final int KIND_ENUM = 6;
    private static final int KIND_FUNC_PROTO = 13;
    private static final int KIND_VAR = 14;
    private static final int KIND_DATASEC = 15;
    private static final int KIND_DECL_TAG = 17;
    private static final int KIND_ENUM64 = 19;

    /** Size and field offsets in bytes, in order. */
    record Struct(int size, Map<String, Integer> offsets) {
    }

    static Btf ofResource(Class<?> beside, String name) {
        try (InputStream in = beside.getResourceAsStream(name)) {
            return parse(section(ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN), ".BTF"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteBuffer section(ByteBuffer elf, String wanted) {
        int headers = (int) elf.getLong(0x28);
        int entry = elf.getShort(0x3A);
        int count = elf.getShort(0x3C);
        int names = (int) elf.getLong(headers + elf.getShort(0x3E) * entry + 0x18);
        for (int i = 0; i < count; i++) {
            int header = headers + i * entry;
            if (wanted.equals(string(elf, names + elf.getInt(header)))) {
                return elf.slice((int) elf.getLong(header + 0x18), (int) elf.getLong(header + 0x20)).order(ByteOrder.LITTLE_ENDIAN);
            }
        }
        throw new IllegalArgumentException("no section " + wanted);
    }

    private static Btf parse(ByteBuffer btf) {
        int types = btf.getInt(4) + btf.getInt(8);
        int end = types + btf.getInt(12);
        int strings = btf.getInt(4) + btf.getInt(16);
        Map<String, Struct> structs = new LinkedHashMap<>();
        Map<String, Map<String, Integer>> enums = new LinkedHashMap<>();
        for (int at = types; at < end;) {
            String name = string(btf, strings + btf.getInt(at));
            int info = btf.getInt(at + 4);
            int size = btf.getInt(at + 8);
            int members = info & 0xffff;
            int kind = info >> 24 & 0x1f;
            at += 12;
            List<Integer> words = new ArrayList<>();
            for (int i = 0; i < words(kind, members); i++, at += 4) {
                words.add(btf.getInt(at));
            }
            if (kind == KIND_STRUCT) {
                Map<String, Integer> offsets = new LinkedHashMap<>();
                for (int i = 0; i < members; i++) {
                    offsets.put(string(btf, strings + words.get(3 * i)), (words.get(3 * i + 2) & 0xffffff) / 8);
                }
                structs.put(name, new Struct(size, offsets));
            } else if (kind == KIND_ENUM) {
                Map<String, Integer> values = new LinkedHashMap<>();
                for (int i = 0; i < members; i++) {
                    values.put(string(btf, strings + words.get(2 * i)), words.get(2 * i + 1));
                }
                enums.put(name, values);
            }
        }
        return new Btf(structs, enums);
    }

    /** 32-bit words that follow the common header of a type. */
    private static int words(int kind, int members) {
        return switch (kind) {
            case KIND_INT, KIND_VAR, KIND_DECL_TAG -> 1;
            case KIND_ARRAY -> 3;
            case KIND_STRUCT, KIND_UNION, KIND_DATASEC, KIND_ENUM64 -> 3 * members;
            case KIND_ENUM, KIND_FUNC_PROTO -> 2 * members;
            default -> 0;
        };
    }

    private static String string(ByteBuffer from, int at) {
        int end = at;
        while (from.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - at];
        from.get(at, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
