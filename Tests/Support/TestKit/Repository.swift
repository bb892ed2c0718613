public import Foundation

/// The repository that the tests were built from.
public enum Repository {
    /// Its top folder, found from where this file was compiled.
    public static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder
    }()
}
