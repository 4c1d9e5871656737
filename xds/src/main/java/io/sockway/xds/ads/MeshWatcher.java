package io.sockway.xds.ads;

import io.sockway.xds.yaml.FileWatcher;
import java.nio.file.Path;

/** Reads a mesh again whenever its files change, until it is closed. Owns one daemon thread once it is started. */
public final class MeshWatcher implements AutoCloseable {

    /** Is told what came of a change; called from the watcher's thread. */
    public interface Listener {
        /** The files hold something valid. */
        void changed(Mesh mesh);

        /** The files cannot be served; what was served before stays. Told once for each state of the files. */
        void refused(MeshException problems);
    }

    private final Path folder;
    private final FileWatcher files;
    private final Mesh first;

    private MeshWatcher(Path folder) throws MeshException {
        this.folder = folder;
        this.files = new FileWatcher(folder, () -> Mesh.files(folder));
        this.first = Mesh.load(folder);
    }

    /**
     * Reads the files for the first time.
     *
     * @throws MeshException if they cannot be served
     */
    public static MeshWatcher open(Path folder) throws MeshException {
        return new MeshWatcher(folder);
    }

    /** What the files held when they were first read. */
    public Mesh first() {
        return first;
    }

    /** Starts to watch, once; every change since the files were first read is told. */
    public void start(Listener listener) {
        files.start(() -> reload(listener));
    }

    @Override
    public void close() {
        files.close();
    }

    private void reload(Listener listener) {
        Mesh mesh;
        try {
            mesh = Mesh.load(folder);
        } catch (MeshException e) {
            listener.refused(e);
            return;
        }
        listener.changed(mesh);
    }
}
