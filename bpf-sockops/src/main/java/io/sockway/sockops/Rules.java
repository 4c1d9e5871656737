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
    private static final long INCLUDE = Layouts.offset(Layouts.PORT_WORD, "include");
    private static final long EXCLUDE = Layouts.offset(Layouts.PORT_WORD, "exclude");

    PortSet includePorts() {
        return PortSet.of(words(INCLUDE));
    }

    PortSet excludePorts() {
        return PortSet.of(words(EXCLUDE));
    }

    /** Writes only the words that change. */
    void ports(PortSet include, PortSet exclude) {
        long[] includeBefore = words(INCLUDE);
        long[] excludeBefore = words(EXCLUDE);
        long[] includeWords = include.words();
        long[] excludeWords = exclude.words();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment index = arena.allocate(JAVA_INT);
            MemorySegment word = arena.allocate(Layouts.PORT_WORD);
            for (int i = 0; i < Layouts.PORT_WORDS; i++) {
                if (includeWords[i] != includeBefore[i] || excludeWords[i] != excludeBefore[i]) {
                    index.set(JAVA_INT, 0, i);
                    word.set(JAVA_LONG, INCLUDE, includeWords[i]);
                    word.set(JAVA_LONG, EXCLUDE, excludeWords[i]);
                    portWords.update(index, word);
                }
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

    private long[] words(long field) {
        long[] words = new long[Layouts.PORT_WORDS];
        portWords.forEach((index, word) -> words[index.get(JAVA_INT, 0)] = word.get(JAVA_LONG, field));
        return words;
    }
}
