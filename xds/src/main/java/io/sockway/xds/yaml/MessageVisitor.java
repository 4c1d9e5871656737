package io.sockway.xds.yaml;

import com.google.protobuf.Message;

/** Is shown every message that is read, inner ones first. */
@FunctionalInterface
public interface MessageVisitor {

    /** Where the parts of a message stand. */
    @FunctionalInterface
    interface Places {
        /** Where the value of a field stands, given the field's protobuf name; where the message begins if the field is not set. */
        Position of(String field);
    }

    /** A message was read, perhaps with problems. */
    void visit(Message message, Places places);
}
