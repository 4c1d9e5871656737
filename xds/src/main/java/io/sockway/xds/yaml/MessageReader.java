package io.sockway.xds.yaml;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.FieldMaskUtil;
import com.google.protobuf.util.Timestamps;
import com.github.xds.type.v3.TypedStruct;
import java.math.BigDecimal;
import java.text.ParseException;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads YAML into protobuf messages by protobuf's JSON mapping, as Envoy does: keys are a field's own name or its lowerCamelCase.
 *
 * <p>A typed configuration of a type that this build does not have (newer than Envoy 1.34, or someone's own) becomes a TypedStruct,
 * which Envoy unpacks and checks. What is wrong is collected, and everything else is read, so that one look shows all problems.
 */
public final class MessageReader {
    private static final String TYPE = "@type";
    private static final Set<String> WRAPPERS = Set.of("BoolValue", "StringValue", "BytesValue", "Int32Value", "Int64Value", "UInt32Value",
            "UInt64Value", "FloatValue", "DoubleValue");
    private static final BigDecimal MAX_UINT64 = new BigDecimal("18446744073709551615");

    private final Problems problems;
    private final MessageVisitor visitor;

    /**
     * Makes a reader for one thread.
     *
     * @param problems collects what is wrong
     * @param visitor is shown every message
     */
    public MessageReader(Problems problems, MessageVisitor visitor) {
        this.problems = problems;
        this.visitor = visitor;
    }

    /** Reads a message of the type of {@code prototype}; incomplete if there were problems. */
    public Message read(YamlTree tree, Message prototype) {
        Message.Builder builder = prototype.newBuilderForType();
        Descriptor type = builder.getDescriptorForType();
        if (type.getFile().getPackage().equals("google.protobuf")) {
            return wellKnown(tree, type, builder);
        }
        Map<String, Position> places = new HashMap<>();
        // What was misread would be told once more, as missing.
        boolean misread = !tree.isMapping();
        for (YamlTree.Entry entry : tree.entries(problems)) {
            int before = problems.count();
            Optional<FieldDescriptor> field = field(type, entry);
            if (field.isPresent() && !entry.value().isNull()) {
                places.put(field.get().getName(), entry.value().position());
                set(builder, field.get(), entry);
            }
            misread |= problems.count() > before && !field.filter(MessageReader::holdsFields).isPresent();
        }
        Message message = builder.buildPartial();
        MessageVisitor.Places where = field -> places.getOrDefault(field, tree.position());
        if (!misread) {
            ValidationRules.check(message, where, problems);
        }
        visitor.visit(message, where);
        return message;
    }

    /** Whether problems in a field are about the fields of its message. */
    private static boolean holdsFields(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                && !field.getMessageType().getFile().getPackage().equals("google.protobuf");
    }

    private Optional<FieldDescriptor> field(Descriptor type, YamlTree.Entry entry) {
        FieldDescriptor field = type.findFieldByName(entry.name());
        if (field == null) {
            field = type.getFields().stream().filter(each -> each.getJsonName().equals(entry.name())).findFirst().orElse(null);
        }
        if (field == null) {
            List<String> known = type.getFields().stream().map(FieldDescriptor::getName).toList();
            String hint = NearMiss.hint(entry.name(), known);
            problems.add(entry.at(), "unknown key '%s' in %s%s".formatted(entry.name(), type.getName(),
                    hint.isEmpty() && known.size() <= 12 ? "; there are " + String.join(", ", known) : hint));
        }
        return Optional.ofNullable(field);
    }

    private void set(Message.Builder builder, FieldDescriptor field, YamlTree.Entry entry) {
        OneofDescriptor oneof = field.getRealContainingOneof();
        if (oneof != null && builder.hasOneof(oneof) && builder.getOneofFieldDescriptor(oneof) != field) {
            problems.add(entry.at(), "'%s' excludes '%s'; remove one".formatted(entry.name(),
                    builder.getOneofFieldDescriptor(oneof).getName()));
        } else if (field.isMapField()) {
            map(builder, field, entry.value());
        } else if (field.isRepeated()) {
            for (YamlTree item : entry.value().items(problems)) {
                single(builder, field, item).ifPresent(value -> builder.addRepeatedField(field, value));
            }
        } else {
            single(builder, field, entry.value()).ifPresent(value -> builder.setField(field, value));
        }
    }

    private void map(Message.Builder builder, FieldDescriptor field, YamlTree tree) {
        for (YamlTree.Entry entry : tree.entries(problems)) {
            Message.Builder pair = builder.newBuilderForField(field);
            FieldDescriptor key = pair.getDescriptorForType().findFieldByName("key");
            FieldDescriptor value = pair.getDescriptorForType().findFieldByName("value");
            Optional<?> keyValue = key.getJavaType() == FieldDescriptor.JavaType.STRING ? Optional.of(entry.name())
                    : number(key, entry.name(), entry.at());
            keyValue.ifPresent(found -> single(pair, value, entry.value())
                    .ifPresent(read -> builder.addRepeatedField(field, pair.setField(key, found).setField(value, read).build())));
        }
    }

    private Optional<?> single(Message.Builder builder, FieldDescriptor field, YamlTree tree) {
        return switch (field.getJavaType()) {
            case MESSAGE -> Optional.of(read(tree, builder.newBuilderForField(field).getDefaultInstanceForType()));
            case ENUM -> enumeration(field.getEnumType(), tree);
            case BOOLEAN -> bool(tree);
            case STRING -> tree.string(problems);
            case BYTE_STRING -> bytes(tree);
            case INT, LONG, FLOAT, DOUBLE -> number(field, tree);
        };
    }

    private Optional<EnumValueDescriptor> enumeration(EnumDescriptor type, YamlTree tree) {
        if (tree.isMapping() || tree.isSequence()) {
            problems.add(tree.position(), "expected one of the words of %s, found %s".formatted(type.getName(), tree.kind()));
            return Optional.empty();
        }
        EnumValueDescriptor value = tree.isNumber() && tree.scalar().matches("\\d{1,9}")
                ? type.findValueByNumber(Integer.parseInt(tree.scalar())) : type.findValueByName(tree.scalar());
        if (value == null) {
            Collection<String> known = type.getValues().stream().map(EnumValueDescriptor::getName).toList();
            String hint = NearMiss.hint(tree.scalar(), known);
            problems.add(tree.position(), "'%s' is no %s%s".formatted(tree.scalar(), type.getName(),
                    hint.isEmpty() ? "; there are " + String.join(", ", known) : hint));
        }
        return Optional.ofNullable(value);
    }

    private Optional<Boolean> bool(YamlTree tree) {
        if (tree.isBoolean()) {
            return Optional.of(tree.scalar().equalsIgnoreCase("true"));
        }
        problems.add(tree.position(), "expected true or false, found " + tree.kind());
        return Optional.empty();
    }

    private Optional<ByteString> bytes(YamlTree tree) {
        return tree.string(problems).flatMap(text -> {
            try {
                return Optional.of(ByteString.copyFrom(Base64.getDecoder().decode(text)));
            } catch (IllegalArgumentException e) {
                problems.add(tree.position(), "expected base64, found other characters");
                return Optional.empty();
            }
        });
    }

    private Optional<?> number(FieldDescriptor field, YamlTree tree) {
        if (!tree.isNumber() && !tree.isString()) {
            problems.add(tree.position(), "expected a number, found " + tree.kind());
            return Optional.empty();
        }
        return number(field, tree.scalar(), tree.position());
    }

    private Optional<?> number(FieldDescriptor field, String text, Position position) {
        try {
            return Optional.of(switch (field.getType()) {
                case FLOAT -> Float.parseFloat(text);
                case DOUBLE -> Double.parseDouble(text);
                case UINT32, FIXED32 -> (int) whole(text, BigDecimal.ZERO, BigDecimal.valueOf(0xffffffffL)).longValue();
                case UINT64, FIXED64 -> whole(text, BigDecimal.ZERO, MAX_UINT64).longValue();
                case INT32, SINT32, SFIXED32 -> whole(text, BigDecimal.valueOf(Integer.MIN_VALUE),
                        BigDecimal.valueOf(Integer.MAX_VALUE)).intValueExact();
                case BOOL -> Boolean.parseBoolean(text);
                default -> whole(text, BigDecimal.valueOf(Long.MIN_VALUE), BigDecimal.valueOf(Long.MAX_VALUE)).longValueExact();
            });
        } catch (NumberFormatException | ArithmeticException e) {
            String range = field.getType() == FieldDescriptor.Type.UINT32 ? " from 0 to 4294967295" : "";
            problems.add(position, "expected a number%s, found '%s'".formatted(range, text));
            return Optional.empty();
        }
    }

    private static BigDecimal whole(String text, BigDecimal least, BigDecimal most) {
        BigDecimal number = new BigDecimal(text);
        if (number.stripTrailingZeros().scale() > 0 || number.compareTo(least) < 0 || number.compareTo(most) > 0) {
            throw new ArithmeticException(text);
        }
        return number;
    }

    private Message wellKnown(YamlTree tree, Descriptor type, Message.Builder builder) {
        String name = type.getName();
        if (WRAPPERS.contains(name)) {
            FieldDescriptor value = type.findFieldByName("value");
            single(builder, value, tree).ifPresent(read -> builder.setField(value, read));
            return builder.build();
        }
        return switch (name) {
            case "Any" -> any(tree);
            case "Struct" -> struct(tree.entries(problems));
            case "Value" -> value(tree);
            case "ListValue" -> list(tree);
            case "Duration" -> text(tree, "a duration like 1.5s", Durations::parse, Duration.getDefaultInstance());
            case "Timestamp" -> text(tree, "a time like 2026-01-31T12:00:00Z", Timestamps::parse, Timestamp.getDefaultInstance());
            case "FieldMask" -> text(tree, "field names with commas", FieldMaskUtil::fromJsonString, FieldMask.getDefaultInstance());
            default -> {
                tree.entries(problems).forEach(entry -> field(type, entry).ifPresent(field -> set(builder, field, entry)));
                yield builder.build();
            }
        };
    }

    private interface Parser<T> {
        T parse(String text) throws ParseException;
    }

    private <T extends Message> T text(YamlTree tree, String expected, Parser<T> parser, T otherwise) {
        if (tree.isString()) {
            try {
                return parser.parse(tree.scalar());
            } catch (ParseException | IllegalArgumentException e) {
                // told below
            }
        }
        problems.add(tree.position(), "expected %s, found %s".formatted(expected, tree.kind()));
        return otherwise;
    }

    private Any any(YamlTree tree) {
        List<YamlTree.Entry> entries = tree.entries(problems);
        Optional<YamlTree.Entry> typed = entries.stream().filter(entry -> entry.name().equals(TYPE)).findFirst();
        if (typed.isEmpty()) {
            if (tree.isMapping()) {
                problems.add(tree.position(), "'%s' is missing; name the type of this configuration, for example "
                        .formatted(TYPE) + "\"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router");
            }
            return Any.getDefaultInstance();
        }
        Optional<String> url = typed.get().value().string(problems);
        if (url.isEmpty()) {
            return Any.getDefaultInstance();
        }
        if (url.get().indexOf('/') < 0) {
            problems.add(typed.get().value().position(), "'%s' is no type URL; write type.googleapis.com/%1$s".formatted(url.get()));
            return Any.getDefaultInstance();
        }
        List<YamlTree.Entry> rest = entries.stream().filter(entry -> entry != typed.get()).toList();
        Optional<Message> known = MessageTypes.of(url.get());
        if (known.isEmpty()) {
            return pack(TypedStruct.newBuilder().setTypeUrl(url.get()).setValue(struct(rest)).build());
        }
        if (known.get().getDescriptorForType().getFile().getPackage().equals("google.protobuf")) {
            // The JSON mapping puts types that have a form of their own under "value".
            Optional<YamlTree.Entry> value = rest.stream().filter(entry -> entry.name().equals("value")).findFirst();
            return value.map(entry -> pack(read(entry.value(), known.get()))).orElse(pack(known.get()));
        }
        return pack(read(tree.without(TYPE), known.get()));
    }

    /** The same content gives the same bytes, in which {@code Any.pack} does not help where maps are contained. */
    private static Any pack(Message message) {
        return io.sockway.xds.discovery.Resource.of("", message).body();
    }

    private Struct struct(List<YamlTree.Entry> entries) {
        return Struct.newBuilder().putAllFields(entries.stream()
                .collect(Collectors.toMap(YamlTree.Entry::name, entry -> value(entry.value())))).build();
    }

    private ListValue list(YamlTree tree) {
        return ListValue.newBuilder().addAllValues(tree.items(problems).stream().map(this::value).toList()).build();
    }

    private Value value(YamlTree tree) {
        Value.Builder value = Value.newBuilder();
        if (tree.isMapping()) {
            value.setStructValue(struct(tree.entries(problems)));
        } else if (tree.isSequence()) {
            value.setListValue(list(tree));
        } else if (tree.isNull()) {
            value.setNullValue(NullValue.NULL_VALUE);
        } else if (tree.isBoolean()) {
            value.setBoolValue(tree.scalar().equalsIgnoreCase("true"));
        } else if (tree.isNumber()) {
            value.setNumberValue(number(tree));
        } else {
            value.setStringValue(tree.scalar());
        }
        return value.build();
    }

    private double number(YamlTree tree) {
        try {
            return Double.parseDouble(tree.scalar());
        } catch (NumberFormatException e) {
            problems.add(tree.position(), "'%s' is no number of JSON; put it in quotes or write it in decimal".formatted(tree.scalar()));
            return 0;
        }
    }
}
