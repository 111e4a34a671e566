// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice An attestation, as EAS hands it to a schema's resolver.
struct Attestation {
    bytes32 uid;
    bytes32 schema;
    uint64 time;
    uint64 expirationTime;
    uint64 revocationTime;
    bytes32 refUID;
    address recipient;
    address attester;
    bool revocable;
    bytes data;
}

struct AttestationRequestData {
    address recipient;
    uint64 expirationTime;
    bool revocable;
    bytes32 refUID;
    bytes data;
    uint256 value;
}

struct AttestationRequest {
    bytes32 schema;
    AttestationRequestData data;
}

/// @title The functions of the Ethereum Attestation Service that OpenSettle calls
/// @notice Written down here, because the service's own sources ask for one older compiler exactly. These are the same in
/// every deployed version.
interface IEAS {
    function attest(AttestationRequest calldata request) external payable returns (bytes32 uid);

    function getSchemaRegistry() external view returns (address);
}
