import Foundation
import NIOCore
import Wire

/// The published schema of the Agent Client Protocol.
///
/// It is not part of the repository: `BELAY_ACP_SCHEMA` names the file, or it lies in `shared/data` beside the
/// repository. Tests that need it are enabled when it is there: `.enabled(if: ACPSchema.isAvailable)`.
public enum ACPSchema {
    /// The environment variable that names the file.
    public static let variable = "BELAY_ACP_SCHEMA"

    /// The file, whether it is there or not.
    public static let path: String =
        ProcessInfo.processInfo.environment[variable]
        ?? Repository.root.appendingPathComponent("../shared/data/acp-schema.json").standardized.path

    /// Whether the tests that need the schema can run. A file that was named and is missing is a failure of the
    /// test, not a reason to skip it.
    public static var isAvailable: Bool {
        ProcessInfo.processInfo.environment[variable] != nil || FileManager.default.fileExists(atPath: path)
    }

    /// A validator for the definitions of the schema.
    public static func load() throws -> SchemaValidator { try SchemaValidator(schema: text()) }

    private static func text() throws -> JSON {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        return try JSON(parsing: ByteBuffer(bytes: bytes), depthMaximum: 256)
    }
}
