using System.Runtime.InteropServices;

namespace OpenSettle.Ethereum.Keys;

/// <summary>
/// The functions of one loaded libsecp256k1, recovery module included, under their names in its header. The library takes
/// pointers to bytes; their lengths are <see cref="NativeCurve"/>'s care.
/// </summary>
internal sealed class NativeFunctions(nint library)
{
    // For signing and verifying: newer versions ignore it, older ones need it.
    public const uint ContextFlags = 0x301;
    public const uint CompressedFlags = 0x102;
    public const uint UncompressedFlags = 0x002;

    /// <summary>Bytes of its opaque public key.</summary>
    public const int PublicKeySize = 64;

    /// <summary>Bytes of its opaque recoverable signature.</summary>
    public const int SignatureSize = 65;

    public readonly ContextCreate Create = Function<ContextCreate>(library, "secp256k1_context_create");
    public readonly ContextRandomize Randomize = Function<ContextRandomize>(library, "secp256k1_context_randomize");
    public readonly SecretVerify VerifySecret = Function<SecretVerify>(library, "secp256k1_ec_seckey_verify");
    public readonly SecretAdd AddToSecret = Function<SecretAdd>(library, "secp256k1_ec_seckey_tweak_add");
    public readonly PublicCreate CreatePublic = Function<PublicCreate>(library, "secp256k1_ec_pubkey_create");
    public readonly PublicSerialize SerializePublic = Function<PublicSerialize>(library, "secp256k1_ec_pubkey_serialize");
    public readonly SignRecoverable Sign = Function<SignRecoverable>(library, "secp256k1_ecdsa_sign_recoverable");
    public readonly SignatureSerialize SerializeSignature = Function<SignatureSerialize>(library, "secp256k1_ecdsa_recoverable_signature_serialize_compact");
    public readonly SignatureParse ParseSignature = Function<SignatureParse>(library, "secp256k1_ecdsa_recoverable_signature_parse_compact");
    public readonly RecoverPublic Recover = Function<RecoverPublic>(library, "secp256k1_ecdsa_recover");

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate nint ContextCreate(uint flags);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int ContextRandomize(nint context, in byte seed);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int SecretVerify(nint context, in byte secret);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int SecretAdd(nint context, ref byte secret, in byte word);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int PublicCreate(nint context, ref byte publicKey, in byte secret);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int PublicSerialize(nint context, ref byte point, ref nuint length, in byte publicKey, uint flags);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int SignRecoverable(nint context, ref byte signature, in byte digest, in byte secret, nint nonceFunction, nint nonceData);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int SignatureSerialize(nint context, ref byte compact, out int recoveryId, in byte signature);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int SignatureParse(nint context, ref byte signature, in byte compact, int recoveryId);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int RecoverPublic(nint context, ref byte publicKey, in byte signature, in byte digest);

    // A missing one is an EntryPointNotFoundException that names it.
    private static T Function<T>(nint library, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));
}
