package io.sockway.node.doctor;

/** A line about an area: something that could not be seen, or that was so earlier. */
public record Note(Area area, String text) {
}
