package io.sockway.bench.mixer;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Mixer's messages as Istio 1.4 defines them, read by protobuf's own library: a way to look at reports that shares nothing with the
 * collector's. Instants and durations are their nanoseconds, maps are {@link TreeMap}s.
 */
public final class MixerProtocol {
    private static final long NANOS = 1_000_000_000;
    private static final Descriptor REQUEST = describe().findMessageTypeByName("ReportRequest");

    private MixerProtocol() {
    }

    /** The attributes of each entry, by name. */
    public static List<Map<String, Object>> entries(byte[] message) throws InvalidProtocolBufferException {
        DynamicMessage request = DynamicMessage.parseFrom(REQUEST, message);
        if (!request.getUnknownFields().asMap().isEmpty() || (int) get(request, "global_word_count") != GlobalWords.ALL.size()
                || (int) get(request, "semantics") != 1) {
            throw new InvalidProtocolBufferException("not a report of Istio 1.4 with independent entries: " + request);
        }
        List<String> words = texts(request, "default_words");
        List<Map<String, Object>> entries = new ArrayList<>();
        for (DynamicMessage entry : messages(request, "attributes")) {
            entries.add(attributes(entry, words));
        }
        return entries;
    }

    private static Map<String, Object> attributes(DynamicMessage entry, List<String> words) throws InvalidProtocolBufferException {
        if (!entry.getUnknownFields().asMap().isEmpty()) {
            throw new InvalidProtocolBufferException("unknown fields in " + entry);
        }
        Map<String, Object> attributes = new TreeMap<>();
        for (Map.Entry<FieldDescriptor, Object> field : entry.getAllFields().entrySet()) {
            for (DynamicMessage pair : messages(entry, field.getKey().getName())) {
                Object value = get(pair, "value");
                Object read = switch (field.getKey().getName()) {
                    case "strings" -> word((int) value, words);
                    case "timestamps", "durations" -> (long) get((DynamicMessage) value, "seconds") * NANOS
                            + (int) get((DynamicMessage) value, "nanos");
                    case "string_maps" -> stringMap((DynamicMessage) value, words);
                    case "bytes" -> ((ByteString) value).toStringUtf8();
                    default -> value;
                };
                if (attributes.put(word((int) get(pair, "key"), words), read) != null) {
                    throw new InvalidProtocolBufferException("an attribute comes twice in " + entry);
                }
            }
        }
        return attributes;
    }

    private static Map<String, String> stringMap(DynamicMessage map, List<String> words) {
        Map<String, String> texts = new TreeMap<>();
        for (DynamicMessage pair : messages(map, "entries")) {
            texts.put(word((int) get(pair, "key"), words), word((int) get(pair, "value"), words));
        }
        return texts;
    }

    private static String word(int index, List<String> words) {
        return index >= 0 ? GlobalWords.ALL.get(index) : words.get(-index - 1);
    }

    private static Object get(DynamicMessage message, String field) {
        return message.getField(message.getDescriptorForType().findFieldByName(field));
    }

    private static List<DynamicMessage> messages(DynamicMessage message, String field) {
        return ((List<?>) get(message, field)).stream().map(DynamicMessage.class::cast).toList();
    }

    private static List<String> texts(DynamicMessage message, String field) {
        return ((List<?>) get(message, field)).stream().map(String.class::cast).toList();
    }

    private static FileDescriptor describe() {
        FileDescriptorProto file = FileDescriptorProto.newBuilder().setName("mixer.proto").setPackage("m").setSyntax("proto3")
                .addMessageType(message("Time", field("seconds", 1, Type.TYPE_INT64), field("nanos", 2, Type.TYPE_INT32)))
                .addMessageType(message("StringMap", map("Entry", "entries", 1))
                        .toBuilder().addNestedType(entry("Entry", field("value", 2, Type.TYPE_SINT32))))
                .addMessageType(message("CompressedAttributes", list(field("words", 1, Type.TYPE_STRING)), map("S", "strings", 2),
                        map("I", "int64s", 3), map("D", "doubles", 4), map("B", "bools", 5), map("T", "timestamps", 6),
                        map("U", "durations", 7), map("Y", "bytes", 8), map("M", "string_maps", 9)).toBuilder()
                        .addNestedType(entry("S", field("value", 2, Type.TYPE_SINT32)))
                        .addNestedType(entry("I", field("value", 2, Type.TYPE_INT64)))
                        .addNestedType(entry("D", field("value", 2, Type.TYPE_DOUBLE)))
                        .addNestedType(entry("B", field("value", 2, Type.TYPE_BOOL)))
                        .addNestedType(entry("T", of("value", 2, ".m.Time")))
                        .addNestedType(entry("U", of("value", 2, ".m.Time")))
                        .addNestedType(entry("Y", field("value", 2, Type.TYPE_BYTES)))
                        .addNestedType(entry("M", of("value", 2, ".m.StringMap"))))
                .addMessageType(message("ReportRequest", list(of("attributes", 1, ".m.CompressedAttributes")),
                        list(field("default_words", 2, Type.TYPE_STRING)), field("global_word_count", 3, Type.TYPE_UINT32),
                        field("semantics", 4, Type.TYPE_INT32))).build();
        try {
            return FileDescriptor.buildFrom(file, new FileDescriptor[0]);
        } catch (DescriptorValidationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static DescriptorProto message(String name, FieldDescriptorProto... fields) {
        return DescriptorProto.newBuilder().setName(name).addAllField(List.of(fields)).build();
    }

    private static DescriptorProto entry(String name, FieldDescriptorProto value) {
        return message(name, field("key", 1, Type.TYPE_SINT32), value);
    }

    private static FieldDescriptorProto field(String name, int number, Type type) {
        return FieldDescriptorProto.newBuilder().setName(name).setNumber(number).setType(type).setLabel(Label.LABEL_OPTIONAL).build();
    }

    private static FieldDescriptorProto of(String name, int number, String message) {
        return field(name, number, Type.TYPE_MESSAGE).toBuilder().setTypeName(message).build();
    }

    private static FieldDescriptorProto list(FieldDescriptorProto field) {
        return field.toBuilder().setLabel(Label.LABEL_REPEATED).build();
    }

    /** A map is a list of entries on the wire, which is how it is looked at here: so that a key that comes twice is seen. */
    private static FieldDescriptorProto map(String entry, String name, int number) {
        String owner = name.equals("entries") ? "StringMap" : "CompressedAttributes";
        return list(of(name, number, ".m." + owner + "." + entry));
    }
}
