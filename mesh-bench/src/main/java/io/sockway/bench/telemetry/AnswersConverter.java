package io.sockway.bench.telemetry;

import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Who answers, as scenarios write it. */
final class AnswersConverter implements ITypeConverter<Answers> {
    @Override
    public Answers convert(String value) {
        return Stream.of(Answers.values()).filter(answers -> answers.option().equals(value)).findFirst().orElseThrow(() ->
                new TypeConversionException("'" + value + "' is neither direct nor nginx"));
    }
}
