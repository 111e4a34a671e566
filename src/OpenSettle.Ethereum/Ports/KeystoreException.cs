namespace OpenSettle.Ethereum.Ports;

/// <summary>A keystore cannot be opened. The message never holds the password, the key, or a part of the file.</summary>
public sealed class KeystoreException(string message, Exception? inner = null) : Exception(message, inner);
