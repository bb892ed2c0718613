import Foundation
import TestKit
import Testing
import Wire

@testable import Client

/// The files that a prompt names, and the list of those that it could name.
@Suite struct PromptLinkTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        for name in ["README.md", "a b.txt", "src/main.c", "src/deep/x.c", ".hidden", "v1.2"] {
            try write("text", to: name)
        }
    }

    private func write(_ text: String, to name: String) throws {
        let url = folder.url.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: false, encoding: .utf8)
    }

    private func link(_ name: String, _ uri: String) -> ContentBlock {
        .resourceLink(name: name, uri: "file://\(folder.path)/\(uri)")
    }

    @Test func filesThatAreThereBecomeLinks() {
        let text = #"Compare @README.md, (@src/main.c) and @"a b.txt": is @v1.2. right, and @src/?"#
        #expect(
            PromptLinks.content(of: text, in: folder.path) == [
                .text(text), link("README.md", "README.md"), link("src/main.c", "src/main.c"),
                link("a b.txt", "a%20b.txt"), link("v1.2", "v1.2"), link("src/", "src/"),
            ])
    }

    @Test(arguments: [
        "mail me@README.md", "@nothing", "@", "@../x", "@/etc/passwd", "@./README.md", "@src/../README.md",
    ])
    func nothingElseDoes(text: String) {
        #expect(PromptLinks.content(of: text, in: folder.path) == [.text(text)])
        #expect(PromptLinks.content(of: "@README.md", in: nil) == [.text("@README.md")])
    }

    @Test func aFileIsLinkedOnceAndThereIsABound() throws {
        #expect(PromptLinks.content(of: "@README.md @README.md", in: folder.path).count == 2)
        for number in 0..<40 { try write("", to: "f\(number)") }
        let text = (0..<40).map { "@f\($0)" }.joined(separator: " ")
        #expect(PromptLinks.content(of: text, in: folder.path).count == 1 + PromptLinks.maximum)
    }

    @Test func withoutGitEverythingWithoutADotIsListed() async {
        #expect(FolderFiles.walk(folder.path) == ["README.md", "a b.txt", "src/deep/x.c", "src/main.c", "v1.2"])
        #expect(FolderFiles.walk(folder.path + "/none").isEmpty)
    }

    @Test func gitDecidesWhatIsListed() async throws {
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        git.arguments = ["git", "init", "-q", folder.path]
        try git.run()
        git.waitUntilExit()
        #expect(git.terminationStatus == 0)
        try write("*.txt\n", to: ".gitignore")
        let files = await FolderFiles.list(folder.path)
        #expect(files.sorted() == [".gitignore", ".hidden", "README.md", "src/deep/x.c", "src/main.c", "v1.2"])
    }
}
