package io.sockway.bench.mixer;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code istio.mixer.v1.ReportRequest}, expanded: every word that stood as an index in one of its dictionaries is written out.
 *
 * @param entries the attributes of one request each
 */
record ReportRequest(List<Attributes> entries) {

    /**
     * Reads a request.
     *
     * @throws IOException if it is no such message, or has words that are in no dictionary
     */
    static ReportRequest parse(byte[] message) throws IOException {
        return new Parser(message).parse();
    }

    private static final class Parser {
        /** Fields of ReportRequest. */
        private static final int ATTRIBUTES = 1;
        private static final int DEFAULT_WORDS = 2;
        private static final int GLOBAL_WORD_COUNT = 3;
        private static final int SEMANTICS = 4;

        private static final int INDEPENDENT = 1;

        private final byte[] message;
        private final CodedInputStream in;
        private final List<String> defaultWords = new ArrayList<>();
        /** Begin and length of each entry: the words that it needs come behind it. */
        private final List<int[]> places = new ArrayList<>();
        private int globalWords = GlobalWords.ALL.size();
        private boolean independent;

        Parser(byte[] message) {
            this.message = message;
            this.in = CodedInputStream.newInstance(message);
        }

        ReportRequest parse() throws IOException {
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case ATTRIBUTES -> {
                        int length = in.readRawVarint32();
                        places.add(new int[] {in.getTotalBytesRead(), length});
                        in.skipRawBytes(length);
                    }
                    case DEFAULT_WORDS -> defaultWords.add(in.readString());
                    case GLOBAL_WORD_COUNT -> globalWords = in.readUInt32();
                    case SEMANTICS -> independent = in.readEnum() == INDEPENDENT;
                    default -> in.skipField(tag);
                }
            }
            if (globalWords > GlobalWords.ALL.size()) {
                throw new InvalidProtocolBufferException("the sender knows %d global words, and only %d are known here"
                        .formatted(globalWords, GlobalWords.ALL.size()));
            }
            List<Attributes> entries = new ArrayList<>(places.size());
            Map<String, Object> before = Map.of();
            for (int[] place : places) {
                Map<String, Object> values = new HashMap<>(128);
                if (!independent) {
                    values.putAll(before);
                }
                new Entry(CodedInputStream.newInstance(message, place[0], place[1]), defaultWords, globalWords, values).read();
                entries.add(new Attributes(values));
                before = values;
            }
            return new ReportRequest(entries);
        }
    }

    /** One message CompressedAttributes. */
    private static final class Entry {
        private static final int WORDS = 1;
        private static final int STRINGS = 2;
        private static final int INTS = 3;
        private static final int DOUBLES = 4;
        private static final int BOOLS = 5;
        private static final int TIMESTAMPS = 6;
        private static final int DURATIONS = 7;
        private static final int BYTES = 8;
        private static final int STRING_MAPS = 9;

        private static final int KEY = 1;
        private static final int VALUE = 2;

        private final CodedInputStream in;
        private final List<String> defaultWords;
        private final int globalWords;
        private final Map<String, Object> values;
        private List<String> words;

        private interface Value {
            Object read() throws IOException;
        }

        Entry(CodedInputStream in, List<String> defaultWords, int globalWords, Map<String, Object> values) {
            this.in = in;
            this.defaultWords = defaultWords;
            this.globalWords = globalWords;
            this.values = values;
            this.words = defaultWords;
        }

        void read() throws IOException {
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case WORDS -> ownWord(in.readString());
                    case STRINGS -> put(this::word, "");
                    case INTS -> put(in::readInt64, 0L);
                    case DOUBLES -> put(in::readDouble, 0.0);
                    case BOOLS -> put(in::readBool, false);
                    case TIMESTAMPS -> put(() -> time(Instant::ofEpochSecond), Instant.EPOCH);
                    case DURATIONS -> put(() -> time(Duration::ofSeconds), Duration.ZERO);
                    case BYTES -> put(in::readByteArray, new byte[0]);
                    case STRING_MAPS -> put(this::stringMap, Map.of());
                    default -> in.skipField(tag);
                }
            }
        }

        /** An entry with words of its own does not use the message's. */
        private void ownWord(String word) {
            if (words == defaultWords) {
                words = new ArrayList<>();
            }
            words.add(word);
        }

        private void put(Value value, Object absent) throws IOException {
            int limit = in.pushLimit(in.readRawVarint32());
            String name = word(0);
            Object read = absent;
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case KEY -> name = word();
                    case VALUE -> read = value.read();
                    default -> in.skipField(tag);
                }
            }
            in.popLimit(limit);
            values.put(name, read);
        }

        private interface Time {
            Object of(long seconds, long nanos);
        }

        private Object time(Time time) throws IOException {
            int limit = in.pushLimit(in.readRawVarint32());
            long seconds = 0;
            long nanos = 0;
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case KEY -> seconds = in.readInt64();
                    case VALUE -> nanos = in.readInt32();
                    default -> in.skipField(tag);
                }
            }
            in.popLimit(limit);
            return time.of(seconds, nanos);
        }

        private Map<String, String> stringMap() throws IOException {
            int limit = in.pushLimit(in.readRawVarint32());
            Map<String, String> entries = new HashMap<>(32);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (WireFormat.getTagFieldNumber(tag) != KEY) {
                    in.skipField(tag);
                    continue;
                }
                int inner = in.pushLimit(in.readRawVarint32());
                String name = word(0);
                String value = word(0);
                for (int part = in.readTag(); part != 0; part = in.readTag()) {
                    switch (WireFormat.getTagFieldNumber(part)) {
                        case KEY -> name = word();
                        case VALUE -> value = word();
                        default -> in.skipField(part);
                    }
                }
                in.popLimit(inner);
                entries.put(name, value);
            }
            in.popLimit(limit);
            return entries;
        }

        private String word() throws IOException {
            return word(in.readSInt32());
        }

        /** Word {@code index} of the global list, or word {@code -(index + 1)} of the message's own. */
        private String word(int index) throws IOException {
            if (index >= 0 && index < globalWords) {
                return GlobalWords.ALL.get(index);
            }
            int own = -(index + 1);
            if (index < 0 && own < words.size()) {
                return words.get(own);
            }
            throw new InvalidProtocolBufferException("word " + index + " is in no dictionary");
        }
    }
}
