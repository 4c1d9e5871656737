import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Gives classes of jars that were compiled for Java 5 the form of Java 8: the JVM keeps older ones out of its AOT cache, and reads and
 * verifies them anew at each start. Usage: {@code java Modernize.java JAR...}
 */
final class Modernize {
    private Modernize() {
    }

    public static void main(String[] jars) throws IOException {
        for (String each : jars) {
            Path jar = Path.of(each);
            // Its classes are looked at while the jar is rewritten.
            Path copy = Files.copy(jar, Path.of(each + ".old"));
            try (URLClassLoader classes = new URLClassLoader(new URL[] {copy.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
                    FileSystem inside = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of())) {
                ClassFile form = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                        ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)));
                for (Path file : classes(inside)) {
                    byte[] bytes = Files.readAllBytes(file);
                    ClassModel model = form.parse(bytes);
                    if (model.majorVersion() < ClassFile.JAVA_6_VERSION) {
                        FileTime made = Files.getLastModifiedTime(file);
                        Files.write(file, form.transformClass(model, ClassTransform.transformingMethodBodies(CodeBuilder::with)
                                .andThen(ClassTransform.endHandler(
                                        builder -> builder.with(ClassFileVersion.of(ClassFile.JAVA_8_VERSION, 0))))));
                        Files.setLastModifiedTime(file, made);
                    }
                }
            } finally {
                Files.delete(copy);
            }
        }
    }

    private static List<Path> classes(FileSystem jar) {
        try (Stream<Path> all = Files.walk(jar.getPath("/"))) {
            return all.filter(each -> each.toString().endsWith(".class")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
