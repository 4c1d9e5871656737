package io.sockway.node.tune;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.sockway.node.host.HostException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was changed, one JSON document a line, on disk before the change is made: after a crash at any point it tells every former
 * value. Holding it open keeps other processes out. Not thread-safe.
 */
final class Journal implements AutoCloseable {
    private static final String FILE = "tune.journal";
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
    private static final String FOLDERS = "foldersMade";
    private static final int ATTEMPTS = 10;

    private final Path file;
    private final FileChannel channel;
    private final FileLock lock;
    private final List<JsonObject> entries;

    private Journal(Path file, FileChannel channel, FileLock lock, List<JsonObject> entries) {
        this.file = file;
        this.channel = channel;
        this.lock = lock;
        this.entries = entries;
    }

    /**
     * A setting, or a file that lasts, that is not as it was.
     *
     * @param former the value before the first change; null for a file that was not there
     * @param value the value of the last change
     */
    record Change(String key, String area, String former, String value, String reason) {
    }

    /** The start of a run, and what doctor found before it. */
    record Run(String profile, String boot, String namespace, Map<String, String> findings) {
    }

    /**
     * Opens the journal in a folder, which is made where it is not there.
     *
     * @throws HostException when another process has it or it may not be written
     */
    static Journal open(Path folder) {
        try {
            Path file = folder.resolve(FILE);
            int made = 0;
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                made = Math.max(made, missing(folder));
                Files.createDirectories(folder);
                FileChannel channel;
                try {
                    channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                } catch (NoSuchFileException e) {
                    continue;
                }
                FileLock lock = lock(channel);
                if (lock == null) {
                    channel.close();
                    throw new HostException("another 'sockway tune' works with " + file + ": wait until it has ended");
                }
                if (Files.exists(file)) {
                    try {
                        sync(folder);
                        Journal journal = new Journal(file, channel, lock, read(channel));
                        journal.made(made);
                        return journal;
                    } catch (HostException | IOException e) {
                        channel.close();
                        throw e;
                    }
                }
                channel.close();
            }
            throw new HostException("cannot open " + file);
        } catch (AccessDeniedException e) {
            throw new HostException("may not write " + folder + ": run as root, or name another folder with --journal");
        } catch (IOException e) {
            throw new HostException("cannot open the journal in " + folder + ": " + e.getMessage());
        }
    }

    /** How many folders have to be made for this one to be there. */
    private static int missing(Path folder) {
        int missing = 0;
        for (Path path = folder.toAbsolutePath(); path != null && !Files.exists(path); path = path.getParent()) {
            missing++;
        }
        return missing;
    }

    /** Null where another process, or another part of this one, holds it. */
    private static FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** Whether a folder holds a journal. */
    static boolean exists(Path folder) {
        return Files.exists(folder.resolve(FILE));
    }

    /** A line that a crash cut short was not followed by its change, so it is left out, and written over. */
    private static List<JsonObject> read(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {
            continue;
        }
        byte[] all = bytes.array();
        List<JsonObject> entries = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < all.length; i++) {
            if (all[i] == '\n') {
                try {
                    entries.add(JsonParser.parseString(new String(all, start, i - start, StandardCharsets.UTF_8)).getAsJsonObject());
                } catch (JsonParseException | IllegalStateException e) {
                    throw new HostException("line " + (entries.size() + 1) + " of the journal is no JSON; mend or remove it by hand");
                }
                start = i + 1;
            }
        }
        channel.truncate(start);
        channel.position(start);
        return entries;
    }

    Optional<Run> lastRun() {
        return entries.reversed().stream().filter(entry -> entry.has("profile")).findFirst().map(entry -> GSON.fromJson(entry, Run.class));
    }

    /** What is not as it was, in the order of first change. */
    Map<String, Change> changes() {
        Map<String, Change> changes = new LinkedHashMap<>();
        for (JsonObject entry : entries) {
            if (entry.has("key")) {
                Change change = GSON.fromJson(entry, Change.class);
                changes.merge(change.key(), change, (first, last) ->
                        new Change(first.key(), last.area(), first.former(), last.value(), last.reason()));
            } else if (entry.has("undone")) {
                changes.remove(entry.get("undone").getAsString());
            }
        }
        return changes;
    }

    /** Every value that a setting had or was to have, for telling one's own changes, also interrupted ones, from others'. */
    List<String> values(String key) {
        List<String> values = new ArrayList<>();
        for (JsonObject entry : entries) {
            if (entry.has("key") && entry.get("key").getAsString().equals(key)) {
                Change change = GSON.fromJson(entry, Change.class);
                values.add(change.former());
                values.add(change.value());
            }
        }
        return values;
    }

    /** Notes the folders that were made for this, which go with it. */
    private void made(int folders) {
        if (folders > 0 && entries.isEmpty()) {
            JsonObject entry = new JsonObject();
            entry.addProperty(FOLDERS, folders);
            append(entry);
        }
    }

    void begin(Run run) {
        append(GSON.toJsonTree(run).getAsJsonObject());
    }

    /** Returns when the change is on disk; only then it may be made. */
    void intend(Change change) {
        append(GSON.toJsonTree(change).getAsJsonObject());
    }

    /** The setting is as it was. */
    void undone(String key) {
        JsonObject entry = new JsonObject();
        entry.addProperty("undone", key);
        append(entry);
    }

    private void append(JsonObject entry) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap((GSON.toJson(entry) + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
            entries.add(entry);
        } catch (IOException e) {
            throw new HostException("cannot write " + file + ": " + e.getMessage() + "; nothing more was changed");
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
            opened.force(true);
        }
    }

    /** Removes the file where nothing is left to undo, and the folders that were made for it and hold nothing else. */
    @Override
    public void close() {
        try (channel; lock) {
            if (changes().isEmpty()) {
                Files.deleteIfExists(file);
                removeFolders();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As far as they are empty and may be removed. */
    private void removeFolders() {
        int folders = entries.stream().filter(entry -> entry.has(FOLDERS)).mapToInt(entry -> entry.get(FOLDERS).getAsInt()).findFirst()
                .orElse(0);
        Path folder = file.toAbsolutePath().getParent();
        try {
            for (int i = 0; i < folders && folder != null; i++) {
                Files.deleteIfExists(folder);
                folder = folder.getParent();
            }
        } catch (IOException e) {
            return;
        }
    }
}
