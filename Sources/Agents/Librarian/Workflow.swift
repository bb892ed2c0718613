/// The steps of a turn, as its plan names them.
struct Workflow: Hashable, Sendable {
    enum Step: String, Hashable, Sendable {
        case understand = "Understand the question"
        case list = "List the files"
        case index = "Index the files and search them"
        case read = "Read the best passages"
        case remember = "Change what is remembered"
        case recall = "Look up what is remembered"
        case answer = "Write the answer"
    }

    /// In order.
    var steps: [Step]

    /// The steps that the intent takes.
    init(_ intent: Understanding.Intent) {
        switch intent {
        case .question: steps = [.understand, .list, .index, .read, .answer]
        case .list: steps = [.understand, .list, .answer]
        case .remember, .forget: steps = [.understand, .remember, .answer]
        case .recall: steps = [.understand, .recall, .answer]
        case .greeting, .thanks, .help: steps = [.understand, .answer]
        }
    }
}
