package io.sockway.sockops;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sockway.bpf.BpfMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which connections are left alone: the maps of ports and of executables.
 *
 * @param portWords 64 ports an entry, each with an include and an exclude bit
 * @param executables names of processes
 */
record Rules(BpfMap portWords, BpfMap executables) {
    PortSet includePorts() {
        return ports("include");
    }

    PortSet excludePorts() {
        return ports("exclude");
    }

    void ports(PortSet include, PortSet exclude) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment word = arena.allocate(Layouts.PORT_WORD);
            for (int i = 0; i < Layouts.PORT_WORDS; i++) {
                word.set(JAVA_LONG, Layouts.offset(Layouts.PORT_WORD, "include"), include.word(i));
                word.set(JAVA_LONG, Layouts.offset(Layouts.PORT_WORD, "exclude"), exclude.word(i));
                portWords.update(arena.allocateFrom(JAVA_INT, i), word);
            }
        }
    }

    Set<String> excludeExecutables() {
        Set<String> names = new TreeSet<>();
        executables.forEach((key, value) -> names.add(Values.getString(key, 0, Layouts.COMM)));
        return names;
    }

    void excludeExecutables(Set<String> names) {
        try (Arena arena = Arena.ofConfined()) {
            for (String old : excludeExecutables()) {
                executables.delete(comm(arena, old));
            }
            for (String name : names) {
                executables.update(comm(arena, name), arena.allocateFrom(JAVA_INT, Layouts.KIND_EXCLUDED));
            }
        }
    }

    private static MemorySegment comm(Arena arena, String name) {
        MemorySegment key = arena.allocate(Layouts.COMM);
        Values.putString(key, 0, Layouts.COMM, name);
        return key;
    }

    private PortSet ports(String field) {
        long[] words = new long[Layouts.PORT_WORDS];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment word = arena.allocate(Layouts.PORT_WORD);
            for (int i = 0; i < words.length; i++) {
                portWords.lookup(arena.allocateFrom(JAVA_INT, i), word);
                words[i] = word.get(JAVA_LONG, Layouts.offset(Layouts.PORT_WORD, field));
            }
        }
        return PortSet.of(words);
    }
}
