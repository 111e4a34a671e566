namespace OpenSettle.Ethereum.Encoding;

/// <summary>Bytes that should be ABI-encoded are not, or do not hold what their signature says.</summary>
public sealed class AbiException(string message) : Exception(message);
