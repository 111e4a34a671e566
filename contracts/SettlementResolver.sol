// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Attestation, AttestationRequest, AttestationRequestData, IEAS} from "./interfaces/eas/IEAS.sol";
import {ISchemaRegistry} from "./interfaces/eas/ISchemaRegistry.sol";
import {ISchemaResolver} from "./interfaces/eas/ISchemaResolver.sol";
import {EpochRecord, IRoyaltySplit} from "./interfaces/IRoyaltySplit.sol";
import {ISettlementResolver} from "./interfaces/ISettlementResolver.sol";

/// @title SettlementResolver
/// @notice See {ISettlementResolver}. It attests what the vault says and nothing else, so that an attestation under its
/// schema needs no trust in whoever asked for it.
contract SettlementResolver is ISettlementResolver, ISchemaResolver, ReentrancyGuardTransient {
    string private constant EPOCH_SCHEMA = "uint64 epoch,bytes32 root,bytes32 bundleHash,uint64 lastBlock";

    address public immutable eas;
    address public immutable vault;
    bytes32 public immutable epochSchema;

    mapping(uint64 epoch => bytes32 uid) public attestationOf;

    modifier onlyEas() {
        if (msg.sender != eas) revert OnlyEas(msg.sender);
        _;
    }

    constructor(address eas_, address schemaRegistry, address vault_) {
        address expected = IEAS(eas_).getSchemaRegistry();
        if (schemaRegistry != expected) revert WrongSchemaRegistry(schemaRegistry, expected);
        eas = eas_;
        vault = vault_;
        epochSchema = ISchemaRegistry(schemaRegistry).register(EPOCH_SCHEMA, address(this), false);
    }

    function attestEpoch(uint64 epoch) external nonReentrant returns (bytes32 uid) {
        uid = attestationOf[epoch];
        if (uid != 0) revert AlreadyAttested(epoch, uid);
        EpochRecord memory record = IRoyaltySplit(vault).epochRecord(epoch);
        if (record.activatedAt == 0) revert NotActivated(epoch);

        // The uid is only known afterwards; the guard keeps a second call out until it is written down.
        uid = IEAS(eas).attest(
            AttestationRequest({
                schema: epochSchema,
                data: AttestationRequestData({
                    recipient: vault,
                    expirationTime: 0,
                    revocable: false,
                    refUID: 0,
                    data: abi.encode(epoch, record.root, record.bundleHash, record.lastBlock),
                    value: 0
                })
            })
        );
        attestationOf[epoch] = uid;
        emit EpochAttested(epoch, uid);
    }

    // What EAS asks. Only this contract attests under its schema, and nothing is ever revoked.

    function attest(Attestation calldata attestation) external view onlyEas returns (bool) {
        return attestation.attester == address(this);
    }

    function multiAttest(Attestation[] calldata attestations, uint256[] calldata) external view onlyEas returns (bool) {
        for (uint256 i = 0; i < attestations.length; ++i) {
            if (attestations[i].attester != address(this)) return false;
        }
        return true;
    }

    function revoke(Attestation calldata) external view onlyEas returns (bool) {
        return false;
    }

    function multiRevoke(Attestation[] calldata, uint256[] calldata) external view onlyEas returns (bool) {
        return false;
    }

    function isPayable() external pure returns (bool) {
        return false;
    }

    function version() external pure returns (string memory) {
        return "1.0.0";
    }
}
