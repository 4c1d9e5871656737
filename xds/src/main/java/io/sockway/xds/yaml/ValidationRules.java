package io.sockway.xds.yaml;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.util.Durations;
import io.envoyproxy.pgv.validate.Validate;
import io.envoyproxy.pgv.validate.Validate.FieldRules;

/**
 * The rules that Envoy's own definitions hold for their fields, as far as people run into them: what is required, may not be empty, or
 * has to lie in a range. Envoy checks all of them, but can only say which message was wrong, not which line.
 */
final class ValidationRules {
    private ValidationRules() {
    }

    static void check(Message message, MessageVisitor.Places places, Problems problems) {
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (field.getOptions().hasExtension(Validate.rules)) {
                check(message, field, field.getOptions().getExtension(Validate.rules), places.of(field.getName()), problems);
            }
        }
        for (OneofDescriptor oneof : message.getDescriptorForType().getRealOneofs()) {
            if (oneof.getOptions().getExtension(Validate.required) && !message.hasOneof(oneof)) {
                problems.add(places.of(""), "%s needs one of %s".formatted(message.getDescriptorForType().getName(),
                        String.join(", ", oneof.getFields().stream().map(FieldDescriptor::getName).toList())));
            }
        }
    }

    private static void check(Message message, FieldDescriptor field, FieldRules rules, Position at, Problems problems) {
        String owner = message.getDescriptorForType().getName();
        boolean inOneof = field.getRealContainingOneof() != null;
        if (field.isRepeated()) {
            int items = message.getRepeatedFieldCount(field);
            if (rules.getRepeated().hasMinItems() && items < rules.getRepeated().getMinItems()
                    && !(items == 0 && rules.getRepeated().getIgnoreEmpty())) {
                problems.add(at, "'%s' of %s needs at least %d".formatted(field.getName(), owner, rules.getRepeated().getMinItems()));
            }
            return;
        }
        if (field.hasPresence() && !message.hasField(field)) {
            boolean required = rules.getMessage().getRequired() || rules.getAny().getRequired() || rules.getDuration().getRequired();
            if (required && !inOneof) {
                problems.add(at, "'%s' is missing in %s".formatted(field.getName(), owner));
            }
            return;
        }
        Object value = message.getField(field);
        switch (value) {
            case String text when text.length() < Math.max(rules.getString().getMinLen(), rules.getString().getMinBytes())
                    && !(text.isEmpty() && rules.getString().getIgnoreEmpty()) ->
                    problems.add(at, text.isEmpty() ? "'%s' is missing in %s".formatted(field.getName(), owner)
                            : "'%s' is too short".formatted(field.getName()));
            case Integer number -> unsigned(field, Integer.toUnsignedLong(number), rules, at, problems);
            case UInt32Value number -> unsigned(field, Integer.toUnsignedLong(number.getValue()), rules, at, problems);
            case Duration duration -> duration(field, duration, rules, at, problems);
            default -> {
            }
        }
    }

    private static void unsigned(FieldDescriptor field, long value, FieldRules rules, Position at, Problems problems) {
        if (!rules.hasUint32()) {
            return;
        }
        Validate.UInt32Rules range = rules.getUint32();
        if (range.hasGte() && value < Integer.toUnsignedLong(range.getGte())
                || range.hasGt() && value <= Integer.toUnsignedLong(range.getGt())) {
            problems.add(at, "'%s' has to be %s, not %d".formatted(field.getName(),
                    range.hasGte() ? "at least " + range.getGte() : "above " + range.getGt(), value));
        }
        if (range.hasLte() && value > Integer.toUnsignedLong(range.getLte())
                || range.hasLt() && value >= Integer.toUnsignedLong(range.getLt())) {
            problems.add(at, "'%s' has to be %s, not %d".formatted(field.getName(),
                    range.hasLte() ? "at most " + range.getLte() : "below " + range.getLt(), value));
        }
    }

    private static void duration(FieldDescriptor field, Duration value, FieldRules rules, Position at, Problems problems) {
        Validate.DurationRules range = rules.getDuration();
        if (range.hasGt() && Durations.compare(value, range.getGt()) <= 0
                || range.hasGte() && Durations.compare(value, range.getGte()) < 0) {
            problems.add(at, "'%s' has to be %s".formatted(field.getName(),
                    range.hasGt() ? "above " + Durations.toString(range.getGt()) : "at least " + Durations.toString(range.getGte())));
        }
    }
}
