//! Serialisation of arrays of `f64` that may hold NaN and infinities.
//!
//! JSON has no token for them, and serde_json writes `null`, which does not come back. So formats for humans (JSON,
//! TOML, …) get the strings `"NaN"`, `"inf"` and `"-inf"`; binary formats get plain numbers. Use as `#[serde(with =
//! "floats")]`.

use std::fmt;

use ndarray::{ArrayBase, Data, DataOwned, Dimension, IntoDimension, IxDyn};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};

/// Writes `{ "shape": […], "values": […] }`, the values in row-major order.
pub(crate) fn serialize<S: Serializer, A: Data<Elem = f64>, D: Dimension>(
    array: &ArrayBase<A, D>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let values: Vec<Float> = array.iter().map(|&value| Float(value)).collect();
    let mut record = serializer.serialize_struct("Array", 2)?;
    record.serialize_field("shape", array.shape())?;
    record.serialize_field("values", &values)?;
    record.end()
}

/// Reads what [`serialize`] wrote.
pub(crate) fn deserialize<'de, De, A, D>(deserializer: De) -> Result<ArrayBase<A, D>, De::Error>
where
    De: Deserializer<'de>,
    A: DataOwned<Elem = f64>,
    D: Dimension,
{
    #[derive(Deserialize)]
    #[serde(rename = "Array")]
    struct Record {
        shape: Vec<usize>,
        values: Vec<Float>,
    }
    let Record { shape, values } = Record::deserialize(deserializer)?;
    let values = values.into_iter().map(|Float(value)| value).collect();
    let shape: IxDyn = shape.into_dimension();
    ArrayBase::from_shape_vec(shape, values).and_then(ArrayBase::into_dimensionality).map_err(de::Error::custom)
}

/// The same for a list of numbers: `#[serde(with = "floats::list")]`.
pub(crate) mod list {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Float;

    /// Writes a sequence.
    pub(crate) fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(|&value| Float(value)))
    }

    /// Reads what [`serialize`] wrote.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        Ok(Vec::<Float>::deserialize(deserializer)?.into_iter().map(|Float(value)| value).collect())
    }
}

/// One number, as a string where it is not finite and the format is for humans.
#[derive(Clone, Copy)]
pub(crate) struct Float(pub(crate) f64);

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() || !serializer.is_human_readable() {
            serializer.serialize_f64(self.0)
        } else {
            // "NaN", "inf", "-inf".
            serializer.collect_str(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(FloatVisitor)
        } else {
            f64::deserialize(deserializer).map(Float)
        }
    }
}

struct FloatVisitor;

impl de::Visitor<'_> for FloatVisitor {
    type Value = Float;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, \"NaN\", \"inf\" or \"-inf\"")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Float, E> {
        Ok(Float(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Float, E> {
        Ok(Float(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Float, E> {
        Ok(Float(value as f64))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Float, E> {
        match value {
            "NaN" => Ok(Float(f64::NAN)),
            "inf" => Ok(Float(f64::INFINITY)),
            "-inf" => Ok(Float(f64::NEG_INFINITY)),
            _ => Err(E::invalid_value(de::Unexpected::Str(value), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Holder(#[serde(with = "super")] Array2<f64>);

    #[test]
    fn every_double_survives_json() {
        let values = array![
            [1.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY],
            [0.1, f64::MIN_POSITIVE / 4.0, f64::MAX, -1e-300, 9_007_199_254_740_993.0]
        ];
        let text = serde_json::to_string(&Holder(values.clone())).unwrap();
        assert!(text.starts_with(r#"{"shape":[2,5],"values":[1.0,-0.0,"NaN","inf","-inf",0.1,"#), "{text}");
        let Holder(read) = serde_json::from_str(&text).unwrap();
        for (read, written) in read.iter().zip(&values) {
            assert!(read.to_bits() == written.to_bits() || (read.is_nan() && written.is_nan()));
        }
    }

    #[test]
    fn wrong_input_is_an_error() {
        for text in [
            r#"{"shape":[2,2],"values":[1,2,3]}"#,
            r#"{"shape":[3],"values":[1,2,3]}"#,
            r#"{"shape":[1,1],"values":["nan"]}"#,
            r#"{"shape":[1,1],"values":[null]}"#,
        ] {
            assert!(serde_json::from_str::<Holder>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn integers_are_numbers() {
        let Holder(read) = serde_json::from_str(r#"{"shape":[1,2],"values":[1,-2]}"#).unwrap();
        assert_eq!(read, array![[1.0, -2.0]]);
    }
}
