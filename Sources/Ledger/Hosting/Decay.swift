/// What is left of something that decays exponentially: e to the power of `-constants`, by which an average weights what
/// happened that many time constants ago.
///
/// The standard library has no exponential function, and a core imports no C library. The argument is halved until four
/// terms of the Taylor series are exact, and the result is squared as often: e^(-x) = (e^(-x/2^k))^(2^k). The relative
/// error is below 1e-10.
///
/// - Parameter constants: The time that has passed, in time constants; at least 0.
func decay(_ constants: Double) -> Double {
    // Less than the smallest normal number: nothing is left.
    guard constants < 700 else { return 0 }
    var (part, halvings) = (constants, 0)
    while part > 0.001 { (part, halvings) = (part / 2, halvings + 1) }
    var left = 1 - part * (1 - part / 2 * (1 - part / 3 * (1 - part / 4)))
    for _ in 0..<halvings { left *= left }
    return left
}
