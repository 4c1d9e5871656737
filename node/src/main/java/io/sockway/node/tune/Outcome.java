package io.sockway.node.tune;

/**
 * What became of one setting.
 *
 * @param done whether it is as it was asked to be
 * @param text one line for people
 */
public record Outcome(String key, boolean done, String text) {
}
